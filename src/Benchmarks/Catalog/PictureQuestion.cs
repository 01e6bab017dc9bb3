namespace Das.Benchmarks.Catalog;

/// <summary>A question about a picture and its answer, as a list of conversations or of questions has it.</summary>
/// <param name="Id">The published one.</param>
/// <param name="Image">The picture's file, below the picture folder.</param>
/// <param name="Open">Whether it is open; a closed one is answered by one of a few answers.</param>
/// <param name="Question">With what says how to answer, and without a mark of the picture.</param>
/// <param name="Answer">May be empty.</param>
/// <param name="Tests">Whether the item says that it is to be tested on.</param>
internal sealed record PictureQuestion(string Id, string Image, bool Open, string Question, string Answer, bool Tests)
{
    /// <summary>What LLaVA's form of a medical set adds to every question (method §6.4).</summary>
    private const string Briefly = "\nAnswer the question using a single word or phrase.";

    /// <summary>What an item holds, or what is wrong with it; neither where it is not in English.</summary>
    public static (PictureQuestion? Read, string Reason) Of(JsonElement item)
    {
        string? language = item.Text("q_lang");
        if (language is not (null or "en")) return (null, "");
        (string? id, string? image) = (item.TextOrNumber("id") ?? item.TextOrNumber("qid"), item.Text("image") ?? item.Text("img_name")
            ?? item.Text("image_name"));
        string? type = item.Text("answer_type")?.Trim();
        if (id is null || image is null || type is not ("OPEN" or "CLOSED"))
            return (null, $"'{item.Short()}' lacks an id (id or qid), a picture (image, img_name or image_name), or an answer_type, OPEN or CLOSED.");
        (string? question, string? answer) = Said(item) is { Length: > 0 } said ? Exchange(said)
            : (item.Text("question") is { Length: > 0 } asked ? asked.Trim() + Briefly : null, item.TextOrNumber("answer"));
        return question is { Length: > 0 } && answer is not null
            ? (new(id, image, type == "OPEN", question, answer.Trim(), item.Text("phrase_type")?.StartsWith("test", StringComparison.Ordinal) ?? false), "")
            : (null, $"'{item.Short()}' must hold conversations, one turn from human and one from gpt, or question and answer.");
    }

    /// <summary>The published evaluators take the misspelt key as well.</summary>
    private static JsonElement[] Said(JsonElement item) => [.. item.List("conversations").Concat(item.List("conversatons"))];

    private static (string? Question, string? Answer) Exchange(JsonElement[] said) =>
        said is [var asked, var told] && asked.Text("from") == "human" && told.Text("from") == "gpt"
            ? (asked.Text("value")?.Replace(Conversation.Image, "").Trim(), told.Text("value"))
            : (null, null);
}
