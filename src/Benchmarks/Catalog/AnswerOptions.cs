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

    /// <summary>Whether it is by the likelihood of the reference answer.</summary>
    /// <param name="benchmark">Its name.</param>
    /// <param name="answers">The recipe's.</param>
    /// <param name="published">Whether evaluation is to ask as the published scripts do.</param>
    /// <exception cref="DasException">Both are asked for.</exception>
    public static bool IsMeasured(string benchmark, string answers, bool published) => answers == Likelihood && published
        ? throw new DasException(ErrorKind.Recipe, $"Benchmark {benchmark}: benchmark.options.publishedPrompts asks for written answers, as the published "
            + "scripts do, and benchmark.options.answers for their likelihood: give one of them.")
        : answers == Likelihood;
}
