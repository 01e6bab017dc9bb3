namespace Das.Benchmarks.Catalog;

/// <summary>GSM8K (Cobbe et al. 2021, https://github.com/openai/grade-school-math): word problems whose answer is a number.</summary>
public sealed class Gsm8k : JsonLinesTask
{
    public override string Name => "gsm8k";
    public override int Version => 1;
    public override string Description =>
        "GSM8K: grade school word problems with a number for an answer; a share of train is held out; options seed, valPercent, answers, publishedPrompts.";
    public override int MaxNewTokens => 256;

    private protected override IReadOnlyList<string> TestFiles => ["test.jsonl"];
    private protected override string ZeroShotFile => "gsm8k_0_shot_test.json";

    public override Type OptionsType => typeof(AnswerOptions);

    private protected override JsonLinesOptions ReadOptions(JsonObject? options) => Read<AnswerOptions>(options);

    /// <summary>Right where the numbers are equal; as published where they are spelled alike.</summary>
    public override Judgement Judge(LanguageSample sample, string continuation)
    {
        string? number = NumberAnswer.Of(continuation);
        return new(number, NumberAnswer.Equal(number, sample.Expected), LanguageAnswer.Number(continuation) == sample.Expected);
    }

    private protected override LanguageRow Row(RawItem item, string id, JsonLinesOptions options)
    {
        (string question, string answer) = (item["question"].Words(), item["answer"].Text());
        if (!answer.Contains(Gsm8kPrompt.Mark))
            throw item["answer"].Bad($"does not end in '{Gsm8kPrompt.Mark}' and a number");
        string expected = Gsm8kPrompt.Final(answer);
        if (!NumberAnswer.Equal(expected, expected)) throw item["answer"].Bad($"ends in '{expected}' after '{Gsm8kPrompt.Mark}', which is no number");
        if (options is AnswerOptions given
            && PublishedPrompts.Leave(Name, options.PublishedPrompts, "answers", given.Answers, asked: AnswerForm.Likelihood))
            return LanguageRow.OfAnswer(id, Gsm8kPrompt.Cloze(question), Gsm8kPrompt.Solution(answer), expected);
        LanguagePrompt training = Gsm8kPrompt.Training(question, answer);
        return new(id, training.Prompt, training.Target, Gsm8kPrompt.Query(question, options.PublishedPrompts), [], [], expected);
    }
}
