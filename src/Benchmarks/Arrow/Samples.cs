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
    ReadOnlyMemory<byte> Image, string ImageId, string Question, long QuestionId, IReadOnlyList<int> Labels, IReadOnlyList<float> Scores, IReadOnlyList<string> Answers);

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
