namespace Das.Benchmarks.Scoring;

/// <summary>How ScienceQA's answers are read (<c>L/eval_scienceqa.py:387-410</c>, method §4.7).</summary>
public static partial class ScienceQaAnswer
{
    /// <summary>
    /// The first letter after <c>The answer is</c>, else the first of A to E before any sign; null where there is none. The published code looks
    /// at the prompt as well, where its second rule finds an option (method §8 B16): give it the continuation alone.
    /// </summary>
    public static string? Letter(string continuation) =>
        Stated().Match(continuation) is { Success: true } stated ? stated.Groups[1].Value
        : Any().Match(continuation) is { Success: true } any ? any.Groups[1].Value
        : null;

    /// <summary>The published prediction: where there is no letter or it is none of the choices', one is drawn.</summary>
    /// <param name="text">Prompt and continuation.</param>
    /// <param name="choices">How many there are.</param>
    /// <param name="draw">Draws from 0 .. choices - 1; unseeded in the published code.</param>
    /// <returns>The index of a choice.</returns>
    public static int OrGuess(string text, int choices, Func<int, int> draw) =>
        Letter(text) is { } letter && letter[0] - 'A' < choices ? letter[0] - 'A' : draw(choices);

    [GeneratedRegex("The answer is ([A-Z]).")]
    private static partial Regex Stated();

    [GeneratedRegex("([A-E]).")]
    private static partial Regex Any();
}
