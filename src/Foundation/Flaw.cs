namespace Das.Foundation;

/// <summary>A value that a recipe must not have.</summary>
/// <param name="Path">Dotted path of the value: <c>search.skip</c>.</param>
/// <param name="Problem">What is wrong, after the path: <c>must be at least 0, not -1</c>.</param>
public sealed record Flaw(string Path, string Problem)
{
    /// <summary>Path and problem as a sentence.</summary>
    public string Sentence { get => field ?? $"'{Path}' {Problem}."; init; }
}
