namespace Das.Benchmarks.Catalog;

/// <summary>A question about a picture with its answers, on its way into a dataset whose answers are a vocabulary.</summary>
/// <param name="Question">Without answers.</param>
/// <param name="Answers">As given; several people's, or one's.</param>
/// <param name="Picture">What tells the picture from others.</param>
/// <param name="Image">The picture.</param>
internal sealed record AskedPicture(VqaQuestion Question, IReadOnlyList<string> Answers, string Picture, RawImage Image)
{
    /// <summary>The questions picture by picture, and the vocabulary of the answers that occur where they are not tested on; several answers to a question
    /// are worth what VQA v2's are.</summary>
    /// <param name="name">What the tables are called after.</param>
    /// <param name="splits">train, val and test with their questions.</param>
    /// <param name="least">How often an answer must occur in train and val to be in the vocabulary.</param>
    /// <param name="bad">Counts what is left out.</param>
    /// <param name="sources">The raw files.</param>
    /// <exception cref="DasException">No answer occurs so often.</exception>
    public static RawDataset Dataset(string name, IReadOnlyList<(string Split, IReadOnlyList<AskedPicture> Rows)> splits, int least, BadInputs bad,
        params IReadOnlyList<RawSource> sources)
    {
        VqaVocabulary vocabulary = new(splits.Where(split => split.Split != "test").SelectMany(split => split.Rows)
            .Select(row => Commonest(row.Answers)), least);
        Dictionary<string, long> pictures = [];
        foreach (AskedPicture row in splits.SelectMany(split => split.Rows)) pictures.TryAdd(row.Picture, pictures.Count);
        return new(vocabulary.Answers, [.. splits.Select(split =>
            new RawTable($"{name}_{split.Split}", Pictured(split.Split, split.Rows, vocabulary, pictures, bad)))], sources);
    }

    private static string Commonest(IReadOnlyList<string> answers) => answers.CountBy(answer => answer).MaxBy(counted => counted.Value).Key;

    /// <summary>One row a picture. What no answer of the vocabulary answers teaches nothing, but is tested on: every answer to it is wrong.</summary>
    private static RawRow[] Pictured(string split, IReadOnlyList<AskedPicture> asked, VqaVocabulary vocabulary, Dictionary<string, long> pictures,
        BadInputs bad)
    {
        OrderedDictionary<string, (RawImage Image, List<VqaQuestion> Questions)> rows = [];
        foreach (AskedPicture row in asked)
        {
            List<(string Answer, int Label, double Score)> known = [];
            foreach ((string answer, int count) in row.Answers.CountBy(answer => answer))
                if (vocabulary.Has(answer, out int label)) known.Add((answer, label, row.Answers.Count == 1 ? 1.0 : VqaLabels.ScoreOf(count)));
            if (known.Count == 0 && split != "test")
            {
                bad.LeftOut.Add(split, "questions none of whose answers is in the vocabulary");
                continue;
            }
            if (!rows.TryGetValue(row.Picture, out var own)) rows.Add(row.Picture, own = (row.Image, []));
            own.Questions.Add(row.Question with { Answers = [.. known.Select(a => a.Answer)], Labels = [.. known.Select(a => a.Label)],
                Scores = [.. known.Select(a => a.Score)] });
        }
        return [.. rows.Select(row => new RawRow(new VqaRow(pictures[row.Key], split, row.Value.Questions), row.Value.Image))];
    }
}
