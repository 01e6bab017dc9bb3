namespace Das.Benchmarks.Tasks;

/// <summary>
/// A text to be continued, with or without a picture: the continuation holds the answer. The table is our own; the published code reads its
/// language data from the web at every start. A model is judged by what its benchmark reads out of the continuation (method §4.7) and, where there
/// are choices, also by the one it finds likeliest, as lm-evaluation-harness does; questions whose choices are compared as texts are answered by that
/// alone, and those whose answer is measured by its likelihood.
/// </summary>
public sealed class LanguageTask : TaskKind<LanguageTable, LanguagePrediction>
{
    internal const string Id = "id", Prompt = "prompt", Target = "target", Query = "query", Choices = "choices", Letters = "letters", Expected = "expected",
        Image = "image", FactNames = "fact_names", FactValues = "fact_values";

    private const string Accuracy = "accuracy", LikelihoodAccuracy = "likelihoodAccuracy", LikelihoodAccuracyNorm = "likelihoodAccuracyNorm",
        PublishedAccuracy = "publishedAccuracy", AnswerLikelihood = "answerLikelihood", Unanswered = "unanswered";

    internal static readonly string[] Images = [Image];

    public override string Name => "language";
    public override string IdColumn => Id;
    public override IReadOnlyList<string> PictureColumns => Images;

    public override IReadOnlyList<TaskMetric> Metrics { get; } =
    [
        new(Accuracy, "accuracy", Contribution: score => score) { Headline = true },
        new(AnswerLikelihood, "likelihood of the answer per character", Contribution: score => score) { Headline = true },
        new(LikelihoodAccuracy, "likelihood accuracy"),
        new(LikelihoodAccuracyNorm, "likelihood accuracy per character"),
        new(PublishedAccuracy, "accuracy as published"),
        new(Unanswered, "unanswered", HigherIsBetter: false),
    ];

    public override Schema Columns { get; } = Of(
        (Id, StringType.Default), (Prompt, StringType.Default), (Target, StringType.Default), (Query, StringType.Default), (Choices, Texts), (Letters, Texts),
        (Expected, StringType.Default), (Image, BinaryType.Default), (FactNames, Texts), (FactValues, Texts));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        LanguageRow[] texts = [.. rows.Select(r => (LanguageRow)r.Content)];
        return
        [
            Words(texts.Select(t => t.Id)), Words(texts.Select(t => t.Prompt)), Words(texts.Select(t => t.Target)), Words(texts.Select(t => t.Query)),
            Lists(texts.Select(t => t.Choices)), Lists(texts.Select(t => t.Letters)), Words(texts.Select(t => t.Expected)), Pictures(rows, 0),
            Lists(texts.Select(t => t.Facts.Keys)), Lists(texts.Select(t => t.Facts.Values)),
        ];
    }

    /// <summary>The answer read from a continuation, or all of it where none was found.</summary>
    public override ShownPrediction Show(JsonElement line)
    {
        string id = Text(line, "id"), answer = line.TryGetProperty("answer", out JsonElement said) && said.ValueKind == JsonValueKind.String
            ? said.GetString()! : $"no answer: {Text(line, "continuation")}";
        return new("", id, Score(line), Text(line, "query"), id, Text(line, "expected"), answer);
    }

    private protected override LanguageTable Open(IReadOnlyList<string> paths) => new(paths);

    private protected override TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<LanguagePrediction> predictions)
    {
        using LanguageTable table = Open(dataset, asked), train = Open(dataset, "train");
        var rules = (LanguageBenchmark)benchmark;
        LanguageSample[] samples = [.. table.Samples];
        (LanguageSample Sample, Judgement Judgement)[] judged =
            [.. samples.Zip(predictions, (sample, p) => (sample, rules.Judge(sample, p.Continuation, p.Likelihoods)))];

        Dictionary<string, MeanScore> metrics = [];
        if (samples.Any(sample => !sample.MeasuresAnswer)) metrics[Accuracy] = MeanScore.Of(judged.Select(j => j.Judgement.Right));
        if (samples.Any(sample => sample.MeasuresAnswer)) metrics[AnswerLikelihood] = MeanScore.Of([.. predictions.Select(p => p.Score)]);
        else if (samples.Any(sample => sample.Choices.Count > 0))
        {
            metrics[LikelihoodAccuracy] = Likeliest(perCharacter: false);
            metrics[LikelihoodAccuracyNorm] = Likeliest(perCharacter: true);
        }
        else metrics[PublishedAccuracy] = MeanScore.Of(judged.Select(j => j.Judgement.RightAsPublished));
        metrics[Unanswered] = MeanScore.Of(judged.Select(j => j.Judgement.Answer is null));
        foreach ((string name, MeanScore score) in rules.Breakdown(judged)) metrics[name] = score;
        return new(metrics, rules.Baselines(train, table));

        MeanScore Likeliest(bool perCharacter) => MeanScore.Of(samples.Zip(predictions).Where(pair => pair.First.Choices.Count > 0)
            .Select(pair => pair.First.Likeliest(pair.Second.Likelihoods, perCharacter) == pair.First.Expected));
    }
}

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
    /// <summary>The fact that holds what was said before in the same conversation: a JSON list of texts, the first the user's, the next the
    /// assistant's.</summary>
    public const string EarlierTurns = "earlier_turns";

    /// <summary>The fact that says how choices are told apart where that is not by letters: <see cref="Texts"/>.</summary>
    public const string Compared = "compared";

    /// <summary>Choices are compared by the likelihoods of their texts; nothing is generated.</summary>
    public const string Texts = "texts";

    /// <summary>The one choice is the answer, and its likelihood the score; nothing is generated.</summary>
    public const string Answer = "answer";

    /// <summary>What scores are broken down by (ScienceQA's subject and grade, say) and what else is known of the text.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>The texts of <see cref="EarlierTurns"/>; none where the conversation begins with this text.</summary>
    public static IReadOnlyList<string> EarlierOf(IReadOnlyDictionary<string, string> facts) =>
        facts.TryGetValue(EarlierTurns, out string? turns) ? JsonSerializer.Deserialize<string[]>(turns)! : [];

    /// <summary>Whether the facts say <see cref="Texts"/> or <see cref="Answer"/>.</summary>
    public static bool ComparesTexts(IReadOnlyDictionary<string, string> facts) => facts.GetValueOrDefault(Compared) is Texts or Answer;

    /// <summary>A question that does not list its choices; what is learnt and what is compared are their texts.</summary>
    /// <param name="id">Unique in its benchmark.</param>
    /// <param name="query">What is asked, without white space at its end: how the answer is set off from it, the model's form says.</param>
    /// <param name="choices">Of each what it is called, and its text.</param>
    /// <param name="expected">What the right one is called.</param>
    /// <param name="facts">What else is known.</param>
    public static LanguageRow OfTexts(string id, string query, IReadOnlyList<(string Letter, string Text)> choices, string expected,
        IReadOnlyDictionary<string, string> facts) =>
        new(id, query, choices.First(choice => choice.Letter == expected).Text, query, [.. choices.Select(choice => choice.Text)],
            [.. choices.Select(choice => choice.Letter)], expected) { Facts = new Dictionary<string, string>(facts) { [Compared] = Texts } };

    /// <summary>A question whose answer is learnt, and measured by its likelihood.</summary>
    /// <param name="id">Unique in its benchmark.</param>
    /// <param name="query">What is asked, without white space at its end.</param>
    /// <param name="answer">The reference answer, whole.</param>
    /// <param name="expected">What it comes to.</param>
    public static LanguageRow OfAnswer(string id, string query, string answer, string expected) =>
        new(id, query, answer, query, [answer], [expected], expected) { Facts = new Dictionary<string, string> { [Compared] = Answer } };
}

/// <summary>
/// One text to be continued: what its <see cref="LanguageRow"/> says, and its encoded picture, valid while the table is open and empty where the
/// text stands alone.
/// </summary>
public sealed record LanguageSample(
    string Id, string Prompt, string Target, string Query, IReadOnlyList<string> Choices, IReadOnlyList<string> Letters, string Expected,
    ReadOnlyMemory<byte> Image, IReadOnlyDictionary<string, string> Facts)
{
    public bool HasImage => !Image.IsEmpty;

    /// <summary>What was said before, by the user and the assistant in turn.</summary>
    public IReadOnlyList<string> Earlier => LanguageRow.EarlierOf(Facts);

    /// <summary>Whether the likelihoods of the choices' texts are the model's answer; then it writes nothing.</summary>
    public bool ComparesTexts => LanguageRow.ComparesTexts(Facts);

    /// <summary>Whether the one choice is the answer, and its likelihood the score.</summary>
    public bool MeasuresAnswer => Facts.GetValueOrDefault(LanguageRow.Compared) == LanguageRow.Answer;

    /// <summary>The geometric mean, over the answer's characters (code points), of their probability: e to the likelihood by their number, in [0, 1],
    /// the same measure for every tokenizer; 0 where nothing was measured. Its inverse is the perplexity per character.</summary>
    /// <param name="likelihoods">Of the one choice, in nats.</param>
    public double LikelihoodPerCharacter(IReadOnlyList<double> likelihoods) =>
        likelihoods.Count == 0 ? 0 : Math.Exp(likelihoods[0] / Characters(Choices[0]));

    /// <summary>What the likeliest choice (<c>acc</c>) is called, or the likeliest per character (<c>acc_norm</c>), that is code point, which does not
    /// favour short ones; the first of equals, null where none was compared.</summary>
    /// <param name="likelihoods">The logarithm of each choice's probability.</param>
    /// <param name="perCharacter">Whether it is divided by the length of the choice.</param>
    public string? Likeliest(IReadOnlyList<double> likelihoods, bool perCharacter) => likelihoods.Count == 0 ? null
        : Letters[Enumerable.Range(0, Choices.Count).MaxBy(i => likelihoods[i] / (perCharacter ? Characters(Choices[i]) : 1))];

    private static int Characters(string choice) => Math.Max(1, choice.EnumerateRunes().Count());
}

/// <summary>What a model wrote after a query, and how likely it found the choices.</summary>
/// <param name="Id">The sample's.</param>
/// <param name="Query">What was asked.</param>
/// <param name="Continuation">What the model added to it.</param>
/// <param name="Answer">Read out of the continuation; null where there is none.</param>
/// <param name="Expected">The right one.</param>
/// <param name="Score">1 where the answer is right, else 0; where the answer is measured, its <see cref="LanguageSample.LikelihoodPerCharacter"/>.</param>
/// <param name="Letters">What each choice is called.</param>
/// <param name="Likelihoods">The logarithm of each choice's probability, in nats; empty where none was compared.</param>
public sealed record LanguagePrediction(string Id, string Query, string Continuation, string? Answer, string Expected, double Score,
    IReadOnlyList<string> Letters, IReadOnlyList<double> Likelihoods) : TaskPrediction(TaskKinds.Language.Name)
{
    public static LanguagePrediction Of(LanguageSample sample, string continuation, Judgement judgement, IReadOnlyList<double> likelihoods) =>
        new(sample.Id, sample.Query, continuation, judgement.Answer, sample.Expected,
            sample.MeasuresAnswer ? sample.LikelihoodPerCharacter(likelihoods) : judgement.Right ? 1 : 0, sample.Letters, likelihoods);
}

/// <summary>The texts of one split, one a row.</summary>
public sealed class LanguageTable(params IReadOnlyList<string> paths) : SampleTable<LanguageSample>(paths,
[
    LanguageTask.Id, LanguageTask.Prompt, LanguageTask.Target, LanguageTask.Query, LanguageTask.Choices, LanguageTask.Letters,
    LanguageTask.Expected, LanguageTask.Image, LanguageTask.FactNames, LanguageTask.FactValues,
], LanguageTask.Images, _ => 1), IShownSamples
{
    /// <summary>The letter that is most often right; the first of equals.</summary>
    public Majority<string> Majority()
    {
        LanguageSample[] asked = [.. WithChoices];
        return Scoring.Majority.Of(asked.Select(sample => (sample.Expected, 1.0)), asked.Length, "The training split has no questions with choices.");
    }

    /// <summary>What one letter for every question with choices scores; it is wrong where it is none of them.</summary>
    public MeanScore Always(string letter) => MeanScore.Of(WithChoices.Select(sample => sample.Expected == letter));

    /// <summary>The accuracy to be expected of choosing at random; 0 where no question has choices.</summary>
    public double Chance() => WithChoices.Select(sample => 1.0 / sample.Choices.Count).DefaultIfEmpty(0).Average();

    private IEnumerable<LanguageSample> WithChoices => Samples.Where(sample => sample.Choices.Count > 0 && !sample.MeasuresAnswer);

    public ShownSample Show(int index)
    {
        LanguageSample sample = this[index];
        return new(sample.Prompt, [sample.ComparesTexts ? sample.Target : sample.Expected]);
    }

    private protected override LanguageSample Read(StoredRow row, int ordinal) => new(
        row.Text(LanguageTask.Id), row.Text(LanguageTask.Prompt), row.Text(LanguageTask.Target), row.Text(LanguageTask.Query),
        row.Items(LanguageTask.Choices), row.Items(LanguageTask.Letters), row.Text(LanguageTask.Expected), row.Bytes(LanguageTask.Image), Facts(row));

    private static Dictionary<string, string> Facts(StoredRow row)
    {
        string[] names = row.Items(LanguageTask.FactNames), values = row.Items(LanguageTask.FactValues);
        Dictionary<string, string> facts = [];
        for (int i = 0; i < names.Length; i++) facts[names[i]] = i < values.Length ? values[i] : "";
        return facts;
    }
}
