namespace Das.Benchmarks.Catalog;

/// <summary>Options of a task in JSON lines whose answers are free.</summary>
public sealed record AnswerOptions : JsonLinesOptions
{
    /// <summary>What a model is judged by: <c>written</c>, as published, what it writes; or <c>likelihood</c>: nothing is written, and the score is the
    /// likelihood of the reference answer.</summary>
    [OneOf(AnswerForm.Written, AnswerForm.Likelihood)]
    public string Answers { get; init; } = AnswerForm.Written;
}

/// <summary>What a free answer is judged by.</summary>
internal static class AnswerForm
{
    public const string Written = "written", Likelihood = "likelihood";
}
