namespace Das.Benchmarks.Scoring;

/// <summary>What a continuation answers.</summary>
/// <param name="Answer">The letter or number; null where there is none.</param>
/// <param name="Right">Whether it is the expected one.</param>
/// <param name="RightAsPublished">Whether the published evaluation counts it as right; where it guesses, we do not.</param>
public sealed record Judgement(string? Answer, bool Right, bool RightAsPublished)
{
    /// <summary>A letter is right or wrong in either evaluation.</summary>
    public static Judgement OfLetter(string expected, string? letter) => new(letter, letter == expected, letter == expected);
}
