namespace Das.Benchmarks.Catalog;

/// <summary>
/// CommonsenseQA 1.11 (Talmor et al. 2019, https://www.tau-nlp.org/commonsenseqa), the official random split: five choices. The test split's
/// answers are withheld, so the development split is the test split, as published.
/// </summary>
public sealed class CommonsenseQa : JsonLinesTask
{
    private const string Concept = "concept";

    public override string Name => "commonsenseqa";
    public override int Version => 1;
    public override string Description =>
        "CommonsenseQA: a question with five choices; a share of train is held out and the development split is tested on; options seed, valPercent, "
        + "choices, publishedPrompts.";
    public override int MaxNewTokens => 10;

    private protected override IReadOnlyList<string> TestFiles => ["valid.jsonl", "dev.jsonl", "dev_rand_split.jsonl"];
    private protected override string ZeroShotFile => "commonsense_qa_0_shot_test.json";

    public override Judgement Judge(LanguageSample sample, string continuation) => Judgement.OfLetter(sample.Expected, LanguageAnswer.Letter(continuation));

    public override Type OptionsType => typeof(ChoiceOptions);

    private protected override JsonLinesOptions ReadOptions(JsonObject? options) => Read<ChoiceOptions>(options);

    private protected override LanguageRow Row(RawItem item, string id, JsonLinesOptions options)
    {
        RawField asked = item["question"], listed = asked["choices"], answer = item["answerKey"];
        (string question, string concept) = (asked["stem"].Words(), asked["question_concept"].Text());
        (string Letter, string Text)[] choices = [.. listed.Items().Select(c =>
            (c["label"].Words(), AsksTexts(options) ? c["text"].Words() : c["text"].Text()))];
        if (choices.Length < 2) throw listed.Bad($"has {choices.Length} choices; expected two or more");
        string key = answer.Text();
        if (!choices.Any(c => c.Letter == key)) throw answer.Bad($"is '{key}', which is none of {string.Join(", ", choices.Select(c => c.Letter))}");
        id = item["id"].IdOrNull() ?? id;
        Dictionary<string, string> facts = new() { [Concept] = concept };
        if (AsksTexts(options)) return LanguageRow.OfTexts(id, CommonsenseQaPrompt.Cloze(question), choices, key, facts);
        LanguagePrompt training = CommonsenseQaPrompt.Training(concept, question, choices, key);
        return new(id, training.Prompt, training.Target, CommonsenseQaPrompt.Query(concept, question, choices),
            [.. choices.Select(CommonsenseQaPrompt.Continuation)], [.. choices.Select(c => c.Letter)], key)
        {
            Facts = facts,
        };
    }
}
