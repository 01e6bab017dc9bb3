using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// One's own text task in a table: a prompt with the row's values in it, and a right answer that is one of some choices or free. Choices are trained and
/// read as CommonsenseQA's are (method §4.4, §4.7), or compared as texts.
/// </summary>
public sealed class Texts : LanguageBenchmark
{
    private const string Metric = "metric", Exact = "exact", Contains = "contains", Number = "number", Choices = "choices";

    public override string Name => "texts";
    public override int Version => 1;
    public override string Description =>
        "Your own text task in CSV, JSON lines or Parquet: a prompt template, choices or a free answer, a metric, and where you like a picture; options name "
        + "the columns, the files and the splits.";
    public override int MaxNewTokens => 32;

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = OwnSplits<RawRow>.Tables("texts");

    public override Type OptionsType => typeof(TextsOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        TextsOptions given = Read<TextsOptions>(options);
        if (given.Choices is not null && given.Labels is not null) throw new DasException(ErrorKind.Recipe,
            "Benchmark texts: benchmark.options.choices and benchmark.options.labels say the same thing twice: give one of them.");
        if (given.ChoicesAs == ChoiceForm.Texts && (given.Choices ?? given.Labels) is null) throw new DasException(ErrorKind.Recipe,
            "Benchmark texts: benchmark.options.choicesAs says how choices are told apart, and there are none: name their columns in benchmark.options.choices "
            + "or give benchmark.options.labels.");
        PromptTemplate prompt = new(given.Prompt);
        return RawSource.Read(source, Name, raw =>
        {
            HashSet<string> ids = [];
            OwnSplits<RawRow> rows = new OwnData(raw, given, bad, cancel).Read<RawRow>((item, id, _) =>
            {
                LanguageRow row = Row(item, given.Id is { } column ? item[column].Id() : id, prompt, given);
                if (!ids.Add(row.Id)) throw new BadItemException($"The id '{row.Id}' stands twice; the first counts.");
                return [given.Image is { } image && Pictures.Of(raw, item, image, given.Images) is var (picture, _) ? new(row, picture) : new(row)];
            }, row => [((LanguageRow)row.Content).Query]);
            return new([], [.. rows.All.Select(split => new RawTable($"{Name}_{split.Split}", split.Rows))], raw);
        });
    }

    public override Judgement Judge(LanguageSample sample, string continuation)
    {
        if (sample.Choices.Count > 0) return Judgement.OfLetter(sample.Expected, LanguageAnswer.Letter(continuation));
        if (sample.Facts[Metric] == Number)
        {
            string? number = NumberAnswer.Of(continuation);
            bool equal = NumberAnswer.Equal(number, sample.Expected);
            return new(number, equal, equal);
        }
        string said = continuation.Trim();
        OpenAnswer answer = new(Open: true, sample.Expected, said);
        bool right = sample.Facts[Metric] == Exact ? answer.Same : answer.Hit;
        return new(said.Length > 0 ? said : null, right, right);
    }

    /// <summary>Of free answers the commonest in training, to every question.</summary>
    public override IReadOnlyDictionary<string, double> Baselines(LanguageTable train, LanguageTable asked)
    {
        LanguageSample[] learnt = [.. train.Samples], test = [.. asked.Samples];
        if (learnt[0].Choices.Count > 0) return base.Baselines(train, asked);
        string commonest = Majority.Of(learnt.Select(sample => (sample.Target, 1.0)), learnt.Length, "The training split has no questions.").Answer;
        return new Dictionary<string, double> { ["majorityAnswer"] = MeanScore.Of(test.Select(sample => Judge(sample, commonest).Right)).Mean };
    }

    private static LanguageRow Row(RawItem item, string id, PromptTemplate template, TextsOptions options)
    {
        (string Letter, string Text)[] choices = [.. Listed(item, options).Select((text, i) => (Letter(i), text))];
        string listed = string.Concat(choices.Select(choice => $"{choice.Letter}. {choice.Text}\n"));
        string prompt = template.Fill(name => name == Choices && choices.Length > 0 ? listed : item[name].Text());
        RawField answer = item[options.Answer];
        Dictionary<string, string> facts = new() { [Metric] = options.Metric };
        if (options.ChoicesAs == ChoiceForm.Texts)
            return LanguageRow.OfTexts(id, prompt.TrimEnd(), choices, choices[Right(answer, choices)].Letter, facts);
        if (choices.Length > 0 && !template.Names.Contains(Choices)) prompt = $"{prompt.TrimEnd()}\nOptions: {listed}";
        if (!char.IsWhiteSpace(prompt[^1])) prompt += '\n'; // The answer follows without a separator.
        if (choices.Length > 0)
        {
            (string Letter, string Text) right = choices[Right(answer, choices)];
            return new(id, prompt, CommonsenseQaPrompt.Continuation(right), prompt, [.. choices.Select(CommonsenseQaPrompt.Continuation)],
                [.. choices.Select(choice => choice.Letter)], right.Letter) { Facts = facts };
        }
        string expected = Said(answer) is { Length: > 0 } said ? said : answer.Words();
        if (options.Metric == Number && !NumberAnswer.Equal(expected, expected)) throw answer.Bad($"is '{expected}', which is no number, as the metric asks");
        return new(id, prompt, options.Metric == Number ? $"The answer is {expected}." : expected, prompt, [], [], expected) { Facts = facts };
    }

    /// <summary>A text, a number, or a truth value in words.</summary>
    private static string Said(RawField field) => field.IsTruth ? field.Truth() ? "true" : "false" : field.Text().Trim();

    private static string Letter(int choice) => ((char)('A' + choice)).ToString();

    private static string[] Listed(RawItem item, TextsOptions options)
    {
        if (options.Labels is { } labels) return Count(item.Value, Split(labels));
        if (options.Choices is not { } columns) return [];
        string[] names = Split(columns);
        return names is [var one] && item[one].IsList ? Count(item[one], [.. item[one].Items().Select(choice => choice.Text().Trim())])
            : names.Length > 1 ? [.. names.Select(name => item[name].Text().Trim())]
            : throw item[names[0]].Bad("is no list of choices; name one column a choice, or a list");
    }

    private static string[] Count(RawField field, string[] choices) => choices.Length is >= 2 and <= 26 ? choices
        : throw field.Bad($"holds {choices.Length} choices; expected 2 to 26");

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The number of the choice that an answer says: its text, else its letter, else its number from 0.</summary>
    private static int Right(RawField answer, (string Letter, string Text)[] choices)
    {
        string said = Said(answer);
        int at = Array.FindIndex(choices, choice => choice.Text == said);
        if (at < 0) at = Array.FindIndex(choices, choice => choice.Letter == said);
        if (at < 0 && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < choices.Length) at = number;
        return at >= 0 ? at : throw answer.Bad($"is '{said}', which is none of the choices {string.Join(", ", choices.Select(choice => choice.Text))}, nor a "
            + "letter or a number from 0 of one");
    }
}

/// <summary>Options of <c>texts</c>.</summary>
public sealed record TextsOptions : OwnDataOptions
{
    /// <summary>What is asked, with <c>{column}</c> where a row's value goes: <c>{passage}\nQuestion: {question}\n</c>. <c>{choices}</c> lists the choices by
    /// letter; without it they stand at the end. A brace of the text itself is written twice.</summary>
    [MinLength(1)]
    public required string Prompt { get; init; }

    /// <summary>The column with the right answer; of choices its text, its letter or its number from 0.</summary>
    [MinLength(1)]
    public string Answer { get; init; } = "answer";

    /// <summary>The column with the list of choices, or the columns with one choice each, separated by commas; none where the answer is free.</summary>
    [MinLength(1)]
    public string? Choices { get; init; }

    /// <summary>The choices of every row, separated by commas: <c>positive, negative</c>.</summary>
    [MinLength(1)]
    public string? Labels { get; init; }

    /// <summary>How choices are told apart: <c>letters</c>, by which they are listed and answered, or <c>texts</c>: they are listed only where the prompt
    /// says <c>{choices}</c>, the right one's text is learnt as the answer, set off by a space, and the choice that is likeliest after the prompt is the
    /// model's (lm-evaluation-harness's <c>acc</c>).</summary>
    [OneOf(ChoiceForm.Letters, ChoiceForm.Texts)]
    public string ChoicesAs { get; init; } = ChoiceForm.Letters;

    /// <summary>When a free answer is right: <c>exact</c> (the same words), <c>contains</c> (the expected words stand in it) or <c>number</c> (an equal
    /// number after "answer is"). Choices are right by their letter.</summary>
    [OneOf("exact", "contains", "number")]
    public string Metric { get; init; } = "exact";

    /// <summary>The column with a row's id; by default the file's name and the row's number.</summary>
    [MinLength(1)]
    public string? Id { get; init; }

    /// <summary>The column with a picture's file, or in Parquet with its bytes; none for texts alone.</summary>
    [MinLength(1)]
    public string? Image { get; init; }

    /// <summary>The picture folder; empty for the source itself.</summary>
    public string Images { get; init; } = "images";
}
