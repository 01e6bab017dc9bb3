namespace Das.Benchmarks.Arrow;

/// <summary>What a row of a table holds beside its pictures.</summary>
/// <param name="Samples">How many samples the row makes.</param>
public abstract record RowContent(int Samples);

/// <summary>One picture with all its questions.</summary>
/// <param name="ImageId">The published id.</param>
/// <param name="Split">The published split's name.</param>
/// <param name="Questions">In the order of the raw file.</param>
public sealed record VqaRow(long ImageId, string Split, IReadOnlyList<VqaQuestion> Questions) : RowContent(Questions.Count);

/// <summary>A question of a row; the three answer lists are parallel, and empty where the answers are withheld.</summary>
public sealed record VqaQuestion(long Id, string Text, IReadOnlyList<string> Answers, IReadOnlyList<int> Labels, IReadOnlyList<double> Scores);

/// <summary>A pair of pictures with all its sentences.</summary>
/// <param name="Identifier">The pair's: without the sentence's number.</param>
/// <param name="Sentences">In the order of the raw file.</param>
public sealed record PairRow(string Identifier, IReadOnlyList<PairSentence> Sentences) : RowContent(Sentences.Count);

/// <summary>A sentence of a row; <paramref name="Label"/> is null where it is withheld.</summary>
public sealed record PairSentence(string Text, bool? Label);

/// <summary>One picture with all its captions, repeated ones included.</summary>
/// <param name="ImageId">The published id: a file name.</param>
/// <param name="Split">The published split's name.</param>
/// <param name="Captions">In the order of the raw file.</param>
public sealed record CaptionRow(string ImageId, string Split, IReadOnlyList<string> Captions) : RowContent(Captions.Distinct().Count());

/// <summary>A text to be continued: what a model is trained on, what it is asked, and how its answer is told right from wrong.</summary>
/// <param name="Id">Unique in its benchmark.</param>
/// <param name="Prompt">What the training text begins with; no loss is taken on it.</param>
/// <param name="Target">What the training text goes on with, without a separator.</param>
/// <param name="Query">What is asked at evaluation, zero-shot.</param>
/// <param name="Choices">Continuations of <paramref name="Query"/> to be compared by likelihood; empty where the answer is free.</param>
/// <param name="Letters">What each choice is called, parallel to <paramref name="Choices"/>.</param>
/// <param name="Expected">The right letter, or the right number as published.</param>
public sealed record LanguageRow(
    string Id, string Prompt, string Target, string Query, IReadOnlyList<string> Choices, IReadOnlyList<string> Letters, string Expected) : RowContent(1)
{
    /// <summary>What scores are broken down by: ScienceQA's subject and grade, say.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();
}

/// <summary>A whole row, its pictures encoded: one, the left and the right one of a pair, or none.</summary>
public sealed record TableRow(RowContent Content, params IReadOnlyList<ReadOnlyMemory<byte>> Images);
