using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// Questions about pictures in LLaVA's conversation JSON or in the set's own list (method §6.4): pictures below a folder, a file to train on, a file
/// to be tested on. The published code measures the search's reward on the training batch itself (method §8 B3); here the pictures of a share of the
/// training questions are held out.
/// </summary>
/// <param name="set">Which one.</param>
public class ConversationTask(ConversationSet set) : LanguageBenchmark
{
    private const string Type = "answer_type", Image = "image", OpenType = "OPEN", ClosedType = "CLOSED";

    /// <summary>What a question without an answer is called where it is tested on.</summary>
    private protected const string Unanswerable = "questions without an answer to be compared with";

    public sealed override string Name => set.Name;
    public sealed override int Version => 1;
    public sealed override string Description => set.Description;
    public override int MaxNewTokens => 10;

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new[] { "train", "val", "test" }.ToDictionary(s => s, s => new[] { Table(set, s) });

    public override Type OptionsType => typeof(ConversationOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        ConversationOptions given = Read<ConversationOptions>(options);
        (string train, string test, string images) = (given.Train ?? set.Train, given.Test ?? set.Test, given.Images ?? set.Images);
        return RawSource.Read(source, Name, raw =>
        {
            string holds = $"{train}, {test} and the pictures in {images}/";
            raw.Require(train, holds);
            raw.Require(test, holds);
            raw.RequireFolder(images, holds);
            RawRow[] learnt = Rows("train", train, tests: train == test ? false : null), asked = Rows("test", test, tests: train == test ? true : null);
            RawRow[] answerable = [.. asked.Where(r => ((LanguageRow)r.Content).Expected.Length > 0)];
            bad.LeftOut.Add("test", Unanswerable, asked.Length - answerable.Length);
            (RawRow[] kept, RawRow[] held) = HoldOut.Draw(learnt, row => [Key(row)],
                HoldOut.Share(learnt.Length, given.ValPercent), SplitMix64.For((ulong)given.Seed, 0));
            return new([], [new(Table(set, "train"), kept), new(Table(set, "val"), held), new(Table(set, "test"), answerable)], raw);

            RawRow[] Rows(string split, string file, bool? tests) => Read(raw, split, file, images, tests, bad, cancel);
        });
    }

    /// <summary>A label must be named and nothing else said; other answers are right where they hold the expected words, as published the expected
    /// letters.</summary>
    public override Judgement Judge(LanguageSample sample, string continuation)
    {
        string said = continuation.Trim();
        OpenAnswer answer = Answer(sample, said);
        return new(said.Length > 0 ? said : null, set.Classifies ? answer.Same : answer.Hit, set.Classifies ? answer.Same : answer.HitAsPublished);
    }

    public override IReadOnlyList<(string Name, MeanScore Score)> Breakdown(IEnumerable<(LanguageSample Sample, Judgement Judgement)> judged) =>
        set.Classifies ? [] : OpenAnswerScores.Of(judged.Select(j => Answer(j.Sample, j.Judgement.Answer ?? ""))).Named;

    /// <summary>The commonest answer of all training questions; then one of the labels at random, or the commonest answer to open and to closed ones.</summary>
    public override IReadOnlyDictionary<string, double> Baselines(LanguageTable train, LanguageTable asked)
    {
        LanguageSample[] learnt = [.. train.Samples], test = [.. asked.Samples];
        Dictionary<string, double> baselines = new() { ["majorityAnswer"] = Score(Commonest(learnt), test) };
        if (set.Classifies) baselines["chance"] = 1.0 / learnt.Select(s => OpenAnswer.Normal(s.Expected)).Distinct().Count();
        else
            foreach ((string type, string name) in new[] { (OpenType, "openMajorityAnswer"), (ClosedType, "closedMajorityAnswer") })
                if (OfType(learnt, type) is { Length: > 0 } answered && OfType(test, type) is { Length: > 0 } questions)
                    baselines[name] = Score(Commonest(answered), questions);
        return baselines;

        static string Commonest(LanguageSample[] samples) => Majority.Of(samples.Select(s => (OpenAnswer.Normal(s.Expected), 1.0)), samples.Length,
            "The training split has no questions of this kind.").Answer;
        double Score(string always, LanguageSample[] questions) => MeanScore.Of(questions.Select(q => Judge(q, always).Right)).Mean;
        LanguageSample[] OfType(LanguageSample[] samples, string type) => [.. samples.Where(s => s.Facts[Type] == type)];
    }

    private static OpenAnswer Answer(LanguageSample sample, string said) => new(sample.Facts[Type] == OpenType, sample.Expected, said);

    /// <param name="raw">Holds the file.</param>
    /// <param name="split">What its rows are for.</param>
    /// <param name="file">A list.</param>
    /// <param name="images">The picture folder.</param>
    /// <param name="tests">Which of its items are meant; null for all.</param>
    /// <param name="bad">Gets those that cannot be used.</param>
    /// <param name="cancel">Ends reading.</param>
    private static RawRow[] Read(RawSource raw, string split, string file, string images, bool? tests, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        HashSet<string> ids = [];
        RawRow[] rows = [.. JsonItems.Of(raw, file, property: null, unusable, cancel).Read(unusable, item =>
        {
            if (PictureQuestion.Language(item) is { } language)
            {
                bad.LeftOut.Add(split, $"questions in another language than English, q_lang '{language}'");
                return [];
            }
            IReadOnlyList<PictureQuestion> read = PictureQuestion.Of(item);
            if (tests is { } wanted && read[0].Tests != wanted) return [];
            foreach (PictureQuestion question in read)
                if (!ids.Add(question.Id)) throw new BadItemException($"The id {question.Id} stands twice; the first counts.");
            RawImage? picture = read[0].Image is { } image ? Pictures.Named(raw, image, images) : null;
            return read.Select(question => Row(question, picture));
        }).SelectMany(rows => rows)];
        bad.Report(unusable);
        return rows;
    }

    /// <summary>What the rows of one picture share, or those of a conversation without any: how it begins.</summary>
    internal static string Key(RawRow row)
    {
        LanguageRow content = (LanguageRow)row.Content;
        if (content.Facts[Image] is { Length: > 0 } image) return $"picture {image}";
        return $"conversation {LanguageRow.EarlierOf(content.Facts).FirstOrDefault(content.Query.Trim())}";
    }

    private protected static RawRow Row(PictureQuestion read, RawImage? picture)
    {
        string asked = $"{read.Question}\n";
        Dictionary<string, string> facts = new() { [Type] = read.Open ? OpenType : ClosedType, [Image] = read.Image ?? "" };
        if (read.Earlier.Count > 0) facts[LanguageRow.EarlierTurns] = JsonSerializer.Serialize(read.Earlier);
        LanguageRow row = new(read.Id, asked, read.Answer, asked, [], [], read.Answer) { Facts = facts };
        return picture is null ? new(row) : new(row, picture);
    }

    private static string Table(ConversationSet set, string split) => $"{set.Name.Replace('-', '_')}_{split}";
}

/// <summary>Options of every set in LLaVA's conversation JSON.</summary>
public record ConversationOptions
{
    /// <summary>The file to train on; by default the set's published one.</summary>
    [MinLength(1)]
    public string? Train { get; init; }

    /// <summary>The file to be tested on; by default the set's published one. Where it is the same file, its items say which they are.</summary>
    [MinLength(1)]
    public string? Test { get; init; }

    /// <summary>The picture folder; by default the set's published one.</summary>
    [MinLength(1)]
    public string? Images { get; init; }

    /// <summary>Draws the pictures that are held out.</summary>
    public long Seed { get; init; }

    /// <summary>Share of the training questions whose pictures are held out for the search's reward, in percent. The published code holds out none
    /// (method §8 B3).</summary>
    [Range(1, 99)]
    public int ValPercent { get; init; } = 10;
}
