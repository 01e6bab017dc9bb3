namespace Das.Benchmarks.Scoring;

/// <summary>A free answer to a question about a picture.</summary>
/// <param name="Open">Whether the question is open; a closed one is answered yes or no, or with a label.</param>
/// <param name="Expected">As published.</param>
/// <param name="Answer">What the model said.</param>
public sealed record OpenAnswer(bool Open, string Expected, string Answer)
{
    /// <summary>The expected words stand together in the answer, in their order.</summary>
    public bool Hit => $" {Normal(Answer)} ".Contains($" {Normal(Expected)} ");

    /// <summary>The expected letters stand in the answer, be it in the middle of a word: as published, <c>no</c> in <c>normal</c> (method §8.3).</summary>
    public bool HitAsPublished => Normal(Answer).Contains(Normal(Expected), StringComparison.Ordinal);

    /// <summary>Answer and expected answer are the same: AID's accuracy.</summary>
    public bool Same => Normal(Answer) == Normal(Expected);

    /// <summary>Lower case, then normalised as VQA's answers.</summary>
    public static string Normal(string text) => AnswerNormalizer.Normalize(text.ToLowerInvariant());

    internal string[] Words => Normal(Answer).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal string[] ExpectedWords => Normal(Expected).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
