namespace Das.Benchmarks.Arrow;

/// <summary>One question about one picture.</summary>
/// <param name="Image">The encoded picture; valid while the table is open.</param>
/// <param name="ImageId">The published id.</param>
/// <param name="Question">As published, not normalised.</param>
/// <param name="QuestionId">The published id.</param>
/// <param name="Labels">Indices of the accepted answers in the vocabulary; empty where the answers are withheld.</param>
/// <param name="Scores">What each of them is worth, in (0, 1].</param>
/// <param name="Answers">The accepted answers, parallel to <paramref name="Labels"/>.</param>
public sealed record VqaSample(
    ReadOnlyMemory<byte> Image, string ImageId, string Question, long QuestionId, IReadOnlyList<int> Labels, IReadOnlyList<float> Scores,
        IReadOnlyList<string> Answers);

/// <summary>One sentence about one pair of pictures.</summary>
/// <param name="Left">The encoded left picture; valid while the table is open.</param>
/// <param name="Right">The encoded right picture; valid while the table is open.</param>
/// <param name="Sentence">As published.</param>
/// <param name="Label">Whether it is true of the pair; null where that is withheld.</param>
/// <param name="Identifier">The pair's: without the sentence's number.</param>
public sealed record PairSample(ReadOnlyMemory<byte> Left, ReadOnlyMemory<byte> Right, string Sentence, bool? Label, string Identifier);

/// <summary>One caption of one picture.</summary>
/// <param name="Image">The encoded picture; valid while the table is open.</param>
/// <param name="ImageId">The published id: a file name.</param>
/// <param name="Caption">As published.</param>
public sealed record CaptionSample(ReadOnlyMemory<byte> Image, string ImageId, string Caption);

/// <summary>One text to be continued.</summary>
/// <param name="Id">Unique in its benchmark.</param>
/// <param name="Prompt">What the training text begins with; no loss is taken on it.</param>
/// <param name="Target">What the training text goes on with, without a separator.</param>
/// <param name="Query">What is asked at evaluation, zero-shot.</param>
/// <param name="Choices">Continuations of <paramref name="Query"/> to be compared by likelihood; empty where the answer is free.</param>
/// <param name="Letters">What each choice is called, parallel to <paramref name="Choices"/>.</param>
/// <param name="Expected">The right letter, or the right number as published.</param>
/// <param name="Image">The encoded picture, valid while the table is open; empty where the text stands alone.</param>
/// <param name="Facts">What scores are broken down by.</param>
public sealed record LanguageSample(
    string Id, string Prompt, string Target, string Query, IReadOnlyList<string> Choices, IReadOnlyList<string> Letters, string Expected,
    ReadOnlyMemory<byte> Image, IReadOnlyDictionary<string, string> Facts)
{
    public bool HasImage => !Image.IsEmpty;
}
