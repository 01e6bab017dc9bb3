namespace Das.Benchmarks.Catalog;

/// <summary>A label space: the questions' commonest answers with enough occurrences, in the order of first appearance; VQA's are normalised and counted
/// over train and val.</summary>
internal sealed class VqaVocabulary
{
    /// <summary>Gives the published 3,129 answers (<c>V/utils/write_vqa.py:82-96</c>).</summary>
    public const int PublishedOccurrences = 9;

    private readonly Dictionary<string, int> labels;

    public IReadOnlyList<string> Answers { get; }

    /// <param name="commonestAnswers">One a question.</param>
    /// <param name="least">How often an answer must occur.</param>
    /// <exception cref="DasException">No answer occurs so often.</exception>
    public VqaVocabulary(IEnumerable<string> commonestAnswers, int least)
    {
        Dictionary<string, int> counts = [];
        List<string> order = [];
        foreach (string answer in commonestAnswers)
        {
            if (!counts.TryAdd(answer, 1)) counts[answer]++;
            else order.Add(answer);
        }
        Answers = [.. order.Where(a => counts[a] >= least)];
        if (Answers.Count == 0) throw new DasException(ErrorKind.Data, $"The vocabulary is empty: of {counts.Count} different answers to "
            + $"{counts.Values.Sum()} annotated questions none occurs {least} times{(counts.Count == 0 ? "" : $", the commonest {counts.Values.Max()}")}; "
            + "give the least number of occurrences that an answer must have as benchmark.options.leastOccurrences.");
        labels = Answers.Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
    }

    /// <summary>Reads the annotations of <paramref name="names"/>, in this order.</summary>
    public static VqaVocabulary Count(RawSource raw, IReadOnlyList<string> names, int least, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        string[] commonest = [.. names.SelectMany(n => VqaRaw.ReadAnnotations(raw, n, unusable, cancel)).Select(a => AnswerNormalizer.Normalize(a.Commonest))];
        bad.Report(unusable);
        return new(commonest, least);
    }

    public bool Has(string answer, out int label) => labels.TryGetValue(answer, out label);
}

/// <summary>Every question's soft labels, compactly: a few bytes an answer, so that 443,757 questions fit easily.</summary>
internal sealed class VqaLabels
{
    private readonly VqaVocabulary vocabulary;
    private readonly Dictionary<long, (int From, int To)> spans = new(SpreadKeys<long>.Instance);
    private readonly List<(int Label, byte Count)> entries = [];

    private VqaLabels(VqaVocabulary vocabulary) => this.vocabulary = vocabulary;

    /// <summary>What an answer is worth that so many of ten people gave (<c>V/utils/write_vqa.py:13-23</c>).</summary>
    public static double ScoreOf(int count) => count switch { <= 0 => 0.0, 1 => 0.3, 2 => 0.6, 3 => 0.9, _ => 1.0 };

    public static VqaLabels Read(RawSource raw, string name, VqaVocabulary vocabulary, List<BadInput> unusable, CancellationToken cancel)
    {
        VqaLabels labels = new(vocabulary);
        List<BadInput> told = []; // The vocabulary's pass has reported them.
        foreach ((long question, _, List<string> answers) in VqaRaw.ReadAnnotations(raw, name, told, cancel))
            labels.Add(question, answers, raw, name, unusable);
        return labels;
    }

    public bool Has(long question) => spans.ContainsKey(question);

    public VqaQuestion Of(long question, string text)
    {
        (int from, int to) = spans[question];
        var own = entries.GetRange(from, to - from);
        return new(question, text, [.. own.Select(e => vocabulary.Answers[e.Label])], [.. own.Select(e => e.Label)], [.. own.Select(e => ScoreOf(e.Count))]);
    }

    /// <summary>The answers are counted as given, not normalised, and looked up as they are.</summary>
    private void Add(long question, List<string> answers, RawSource raw, string name, List<BadInput> unusable)
    {
        int from = entries.Count;
        foreach (string answer in answers)
        {
            if (!vocabulary.Has(answer, out int label)) continue;
            int at = entries.FindIndex(from, e => e.Label == label);
            if (at < 0) entries.Add((label, 1));
            else entries[at] = (label, (byte)Math.Min(entries[at].Count + 1, byte.MaxValue));
        }
        if (!spans.TryAdd(question, (from, entries.Count)))
            unusable.Add(new($"{raw.Describe(VqaRaw.Annotations(name))} question {question}", "It is annotated twice; the first counts."));
    }
}
