namespace Das.Reports.Predictions;

/// <summary>What a model said to one question, whatever the task.</summary>
/// <param name="Group">Questions that are scored together: the split of a sentence about a pair, <c>caption</c> or <c>image</c> of a search; else
/// empty.</param>
/// <param name="Id">The published id of the question, or of what it is about.</param>
/// <param name="Value">Its score in [0, 1]; of a search, how many results stand before the right one.</param>
/// <param name="Question">The text asked.</param>
/// <param name="Row">The id of the dataset's row that the question is about.</param>
/// <param name="Expected">The accepted answers.</param>
/// <param name="Answer">The model's.</param>
public sealed record Prediction(string Group, string Id, double Value, string Question, string Row, string Expected, string Answer)
{
    public const string CaptionSearch = "caption", ImageSearch = "image";

    /// <summary>The same question has the same key in every evaluation of the same split.</summary>
    public string Key => $"{Group}\n{Id}\n{Question}";

    /// <summary>Reads one of the four forms that evaluations write; <see cref="Id"/> and its neighbours tell them apart.</summary>
    /// <exception cref="FormatException">It is none of them; the message says what is missing.</exception>
    public static Prediction Of(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object) throw new FormatException($"expected an object, found {line.ValueKind}");
        if (line.TryGetProperty("question_id", out JsonElement question))
            return new("", Text(question), Score(line), Text(line, "question"), Text(line, "image_id"), Text(line, "expected"), Text(line, "answer"));
        if (line.TryGetProperty("identifier", out JsonElement pair))
            return new(Text(line, "split"), Text(pair), Score(line), Text(line, "sentence"), Text(pair), Text(line, "expected"), Text(line, "answer"));
        if (line.TryGetProperty("rank", out JsonElement rank)) return Search(line, rank);
        if (line.TryGetProperty("id", out JsonElement id))
            return new("", Text(id), Score(line), Text(line, "query"), Text(id), Text(line, "expected"), Said(line));
        throw new FormatException("expected one of the members question_id, identifier, rank and id");
    }

    private static Prediction Search(JsonElement line, JsonElement rank)
    {
        string query = Text(line, "query"), image = Text(line, "image_id");
        if (query is not (CaptionSearch or ImageSearch)) throw new FormatException($"query is '{query}'; expected {CaptionSearch} or {ImageSearch}");
        if (rank.ValueKind != JsonValueKind.Number || !rank.TryGetInt64(out long before) || before < 0)
            throw new FormatException("rank is no number of results before the right one");
        bool caption = query == CaptionSearch;
        return new(query, image, before, caption ? Text(line, "caption") : "", image, caption ? image : "one of its captions", before >= int.MaxValue
            ? "not found" : $"rank {before + 1}");
    }

    /// <summary>The answer read from a continuation, or all of it where none was found.</summary>
    private static string Said(JsonElement line) =>
        line.TryGetProperty("answer", out JsonElement answer) && answer.ValueKind == JsonValueKind.String ? Text(answer)
            : $"no answer: {Text(line, "continuation")}";

    private static double Score(JsonElement line) =>
        line.TryGetProperty("score", out JsonElement score) && score.ValueKind == JsonValueKind.Number && score.TryGetDouble(out double value) && value is >= 0
            and <= 1
            ? value
            : throw new FormatException("score is no number from 0 to 1");

    private static string Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) ? Text(value) : throw new FormatException($"the member {name} is missing");

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException("an object stands where a text is expected"),
    };
}
