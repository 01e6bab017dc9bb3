namespace Das.Benchmarks.Catalog;

/// <summary>The published scripts' prompts, which know one form of each question.</summary>
internal static class PublishedPrompts
{
    /// <summary>Whether a form that they do not know is asked for.</summary>
    /// <param name="benchmark">Its name.</param>
    /// <param name="published">Whether evaluation is to ask as the published scripts do.</param>
    /// <param name="option">The option that says the form.</param>
    /// <param name="value">The recipe's.</param>
    /// <param name="asked">The form that they do not know.</param>
    /// <exception cref="DasException">Both are asked for.</exception>
    public static bool Leave(string benchmark, bool published, string option, string value, string asked) => value == asked && published
        ? throw new DasException(ErrorKind.Recipe, $"Benchmark {benchmark}: benchmark.options.publishedPrompts asks as the published scripts do, which have "
            + $"no {option} '{asked}': give one of them.")
        : value == asked;
}
