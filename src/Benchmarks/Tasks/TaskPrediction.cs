using System.Text.Json.Serialization;

namespace Das.Benchmarks.Tasks;

/// <summary>What a model said to one sample: one line of an evaluation's predictions.</summary>
/// <param name="Task">Tells the lines of one task from those of another: <see cref="TaskKind.Name"/>, a line's first member.</param>
public abstract record TaskPrediction([property: JsonPropertyOrder(-1)] string Task)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public string ToJson() => JsonSerializer.Serialize(this, GetType(), Json);
}

/// <summary>What a model said to one question, whatever the task: for lists of differences and paired tests.</summary>
/// <param name="Group">Questions that are scored together: the split of a sentence about a pair, the side that searches; else empty.</param>
/// <param name="Id">The published id of the question, or of what it is about.</param>
/// <param name="Value">Its score in [0, 1]; of a search, how many results stand before the right one.</param>
/// <param name="Question">The text asked.</param>
/// <param name="Row">The id of the dataset's row that the question is about.</param>
/// <param name="Expected">The accepted answers.</param>
/// <param name="Answer">The model's.</param>
public sealed record ShownPrediction(string Group, string Id, double Value, string Question, string Row, string Expected, string Answer)
{
    /// <summary>The same question has the same key in every evaluation of the same split.</summary>
    public string Key => $"{Group}\n{Id}\n{Question}";
}
