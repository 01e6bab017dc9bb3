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

/// <summary>One picture with all its questions: a row of a table.</summary>
/// <param name="Image">The encoded picture.</param>
/// <param name="ImageId">The published id.</param>
/// <param name="Split">The published split's name.</param>
/// <param name="Questions">In the order of the raw file.</param>
public sealed record VqaRow(ReadOnlyMemory<byte> Image, long ImageId, string Split, IReadOnlyList<VqaQuestion> Questions);

/// <summary>A question of a row; the three answer lists are parallel, and empty where the answers are withheld.</summary>
public sealed record VqaQuestion(long Id, string Text, IReadOnlyList<string> Answers, IReadOnlyList<int> Labels, IReadOnlyList<double> Scores);
