using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// One's own questions about pictures, each with its answer, in a table. A model chooses from the answers that occur in training; several answers to a
/// question are worth what VQA v2's are.
/// </summary>
public sealed class Questions : Benchmark
{
    public override string Name => "questions";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description =>
        "Your own questions about pictures in CSV, JSON lines or Parquet, answered from the answers that occur; options name the columns, the files and the "
        + "splits.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = OwnSplits<RawRow>.Tables("questions");

    public override Type OptionsType => typeof(QuestionsOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        QuestionsOptions given = Read<QuestionsOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            long number = 0;
            OwnSplits<Asked> asked = new OwnData(raw, given, bad, cancel).Read<Asked>((item, _, _) => [Row(raw, given, item, number++)], row => [row.Picture]);
            VqaVocabulary vocabulary = new(asked.Train.Concat(asked.Val).Select(row => Commonest(row.Answers)), given.LeastOccurrences);
            Dictionary<string, long> pictures = [];
            foreach (Asked row in asked.All.SelectMany(split => split.Rows)) pictures.TryAdd(row.Picture, pictures.Count);
            return new(vocabulary.Answers, [.. asked.All.Select(split =>
                new RawTable($"{Name}_{split.Split}", Rows(split.Split, split.Rows, vocabulary, pictures, bad)))], raw);
        });
    }

    private sealed record Asked(VqaQuestion Question, IReadOnlyList<string> Answers, string Picture, RawImage Image);

    private static Asked Row(RawSource raw, QuestionsOptions options, RawItem item, long number)
    {
        (RawField answer, RawField picture) = (item[options.Answer], item[options.Image]);
        string[] answers = answer.IsList ? [.. answer.Items().Select(one => one.Words().Trim())] : [answer.Words().Trim()];
        if (answers.Length == 0) throw answer.Bad("is an empty list; expected one answer or more");
        (RawImage image, string name) = Pictures.Of(raw, item, options.Image, options.Images) ?? throw picture.Bad("names no picture");
        VqaQuestion question = new(number, item[options.Question].Words().Trim(), [], [], []);
        return new(question, answers, name, image);
    }

    private static string Commonest(IReadOnlyList<string> answers) => answers.CountBy(answer => answer).MaxBy(counted => counted.Value).Key;

    /// <summary>One row a picture. What no answer of the vocabulary answers teaches nothing, but is tested on: every answer to it is wrong.</summary>
    private static RawRow[] Rows(string split, IReadOnlyList<Asked> asked, VqaVocabulary vocabulary, Dictionary<string, long> pictures, BadInputs bad)
    {
        OrderedDictionary<string, (RawImage Image, List<VqaQuestion> Questions)> rows = [];
        foreach (Asked row in asked)
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

/// <summary>Options of <c>questions</c>.</summary>
public sealed record QuestionsOptions : OwnDataOptions
{
    /// <summary>The column with the question.</summary>
    [MinLength(1)]
    public string Question { get; init; } = "question";

    /// <summary>The column with the answer, or with a list of several people's.</summary>
    [MinLength(1)]
    public string Answer { get; init; } = "answer";

    /// <summary>The column with the picture's file, or in Parquet with its bytes.</summary>
    [MinLength(1)]
    public string Image { get; init; } = "image";

    /// <summary>The picture folder; empty for the source itself.</summary>
    public string Images { get; init; } = "images";

    /// <summary>How often an answer must occur in the rows that are not tested on to be one of those a model chooses from.</summary>
    [Range(1, int.MaxValue)]
    public int LeastOccurrences { get; init; } = 1;
}
