namespace Das.Benchmarks.Scoring;

/// <summary>How the published evaluation reads answers to BoolQ, CommonsenseQA and GSM8K out of what follows the query
/// (<c>L/eval_mmlu.py:315-320</c>, method §4.7).</summary>
public static partial class LanguageAnswer
{
    /// <summary>What the published files say where nothing is found.</summary>
    public const string Failed = "FAILED";

    /// <summary>The first letter after <c>answer is</c> and before any sign, else the first after <c>Answer:</c>; null where there is none.</summary>
    public static string? Letter(string continuation) =>
        Stated().Match(continuation) is { Success: true } stated ? stated.Groups[1].Value
        : Announced().Match(continuation) is { Success: true } announced ? announced.Groups[1].Value
        : null;

    /// <summary>
    /// The digits, commas and periods last before what is no number, after <c>answer is</c>; commas and one last period removed. A sign and a
    /// leading period are lost; see <see cref="NumberAnswer"/>. Null where nothing is left, where the published code stops with an error.
    /// </summary>
    public static string? Number(string continuation)
    {
        if (Numeral().Match(continuation) is not { Success: true } numeral) return null;
        string digits = numeral.Groups[1].Value.Replace(",", "");
        if (digits.EndsWith('.')) digits = digits[..^1];
        return digits.Length > 0 ? digits : null;
    }

    [GeneratedRegex("answer is ([A-Z]).")]
    private static partial Regex Stated();

    [GeneratedRegex("Answer: ([A-Z])")]
    private static partial Regex Announced();

    [GeneratedRegex(@"answer is [^\d]*([\d,.]+)\s*[A-Za-z]*\.?")]
    private static partial Regex Numeral();
}
