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
        + "publishedPrompts.";
    public override int MaxNewTokens => 10;

    private protected override IReadOnlyList<string> TestFiles => ["valid.jsonl", "dev.jsonl", "dev_rand_split.jsonl"];
    private protected override string ZeroShotFile => "commonsense_qa_0_shot_test.json";

    public override Judgement Judge(LanguageSample sample, string continuation) => Judgement.OfLetter(sample.Expected, LanguageAnswer.Letter(continuation));

    private protected override (LanguageRow? Row, string Reason) Row(JsonElement item, string id, bool published)
    {
        JsonElement asked = item.Object("question") ?? default;
        (string Letter, string Text)[] choices = [.. asked.List("choices").Select(c => (c.Text("label") ?? "", c.Text("text") ?? ""))];
        if (asked.Text("stem") is not { Length: > 0 } question || asked.Text("question_concept") is not { } concept || choices.Length < 2
            || choices.Any(c => c.Letter.Length == 0))
            return (null, $"'{item.Short()}' lacks question with stem, question_concept and choices of label and text.");
        if (item.Text("answerKey") is not { } key || !choices.Any(c => c.Letter == key))
            return (null, $"Its answerKey '{item.Text("answerKey")}' is none of {string.Join(", ", choices.Select(c => c.Letter))}.");
        LanguagePrompt training = CommonsenseQaPrompt.Training(concept, question, choices, key);
        return (new(item.Text("id") ?? id, training.Prompt, training.Target, CommonsenseQaPrompt.Query(concept, question, choices),
            [.. choices.Select(CommonsenseQaPrompt.Continuation)], [.. choices.Select(c => c.Letter)], key)
        {
            Facts = new Dictionary<string, string> { [Concept] = concept },
        }, "");
    }
}
