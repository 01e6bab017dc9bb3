using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// BoolQ (Clark et al. 2019, https://github.com/google-research-datasets/boolean-questions): yes or no, from a passage. SuperGLUE's files, whose
/// answer is a <c>label</c>, are read as well. Where there is only <c>dev.jsonl</c>, it is split three ways, questions about one article or passage
/// staying together.
/// </summary>
public sealed class BoolQ : JsonLinesTask
{
    private const string Title = "title";

    public override string Name => "boolq";
    public override int Version => 1;
    public override string Description =>
        "BoolQ: a yes or no question about a passage; a share of train, or of dev alone, is held out; options seed, valPercent, testPercent, choices, "
        + "publishedPrompts.";
    public override int MaxNewTokens => 10;

    private protected override IReadOnlyList<string> TestFiles => ["dev.jsonl"];
    private protected override string ZeroShotFile => "boolq_0_shot_test.json";
    public override Type OptionsType => typeof(BoolQOptions);

    private protected override JsonLinesOptions ReadOptions(JsonObject? options) => Read<BoolQOptions>(options);

    public override Judgement Judge(LanguageSample sample, string continuation) => Judgement.OfLetter(sample.Expected, LanguageAnswer.Letter(continuation));

    private protected override (LanguageRow[] Train, LanguageRow[] Val, LanguageRow[] Test) Split(RawSource raw, JsonLinesOptions options, BadInputs bad,
        CancellationToken cancel)
    {
        if (raw.Has(Train)) return base.Split(raw, options, bad, cancel);
        LanguageRow[] all = Rows(raw, TestFile(raw), options, bad, cancel);
        (LanguageRow[] rest, LanguageRow[] test) = Draw(all, options, ((BoolQOptions)options).TestPercent, all.Length, stream: 1);
        (LanguageRow[] train, LanguageRow[] val) = Draw(rest, options, options.ValPercent, all.Length, stream: 0);
        return (train, val, test);
    }

    private protected override LanguageRow Row(RawItem item, string id, JsonLinesOptions options)
    {
        (string question, string passage, bool answer) = (item["question"].Words(), item["passage"].Words(), item["answer", "label"].Truth());
        Dictionary<string, string> facts = new() { [Title] = item[Title].TextOrNull() ?? "" };
        if (AsksTexts(options)) return LanguageRow.OfTexts(id, BoolQPrompt.Cloze(passage, question),
            [(BoolQPrompt.No, BoolQPrompt.No), (BoolQPrompt.Yes, BoolQPrompt.Yes)], answer ? BoolQPrompt.Yes : BoolQPrompt.No, facts);
        LanguagePrompt training = BoolQPrompt.Training(passage, question, answer);
        return new(id, training.Prompt, training.Target, BoolQPrompt.Query(passage, question, options.PublishedPrompts),
            [BoolQPrompt.Continuation(true), BoolQPrompt.Continuation(false)], [BoolQPrompt.True, BoolQPrompt.False], answer ? BoolQPrompt.True
                : BoolQPrompt.False)
        {
            Facts = facts,
        };
    }

    private protected override IEnumerable<string> KeysOf(LanguageRow row)
    {
        string question = LanguageRow.ComparesTexts(row.Facts) ? "\nQuestion: " : "\n\nQuestion: ";
        string passage = row.Prompt[..row.Prompt.LastIndexOf(question, StringComparison.Ordinal)];
        return row.Facts[Title] is { Length: > 0 } title ? [$"title {title}", $"passage {passage}"] : [$"passage {passage}"];
    }
}

/// <summary>Options of <c>boolq</c>.</summary>
public sealed record BoolQOptions : ChoiceOptions
{
    /// <summary>Share of dev that is tested on where there is no train to go with it, in percent.</summary>
    [Range(1, 99)]
    public int TestPercent { get; init; } = 30;
}
