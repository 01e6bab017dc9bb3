using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// ScienceQA (Lu et al. 2022, https://scienceqa.github.io) in its published splits, from <c>problems.json</c>, <c>pid_splits.json</c> and
/// <c>images/&lt;split&gt;/&lt;id&gt;/image.png</c> (method §6.3). What is asked at evaluation is what training gives, as published.
/// </summary>
public sealed class ScienceQa : LanguageBenchmark
{
    private static readonly string[] Published = ["train", "val", "test"];

    public override string Name => "scienceqa";
    public override int Version => 1;
    public override string Description =>
        "ScienceQA: school questions with two to five choices, half of them with a picture; options choices, promptFormat, useCaption, "
        + "publishedPrompts.";
    public override int MaxNewTokens => 64;

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = Published.ToDictionary(s => s, s => new[] { Table(s) });

    public override Type OptionsType => typeof(ScienceQaOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        ScienceQaOptions given = Read<ScienceQaOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            ScienceQaFiles files = ScienceQaFiles.Read(raw, given.UseCaption);
            RawTable[] tables = [.. Published.Select(split =>
                new RawTable(Table(split), [.. files.Entries(split, bad).Select(e => Row(raw, e, given))]))];
            return new([], tables, raw);
        });
    }

    /// <summary>Right where the letter is; a continuation without a letter, or with one that is no choice, is wrong. The published code guesses.</summary>
    public override Judgement Judge(LanguageSample sample, string continuation) => Judgement.OfLetter(sample.Expected, ScienceQaAnswer.Letter(continuation));

    public override IReadOnlyList<(string Name, MeanScore Score)> Breakdown(IEnumerable<(LanguageSample Sample, Judgement Judgement)> judged) =>
        ScienceQaScores.Of(judged.Select(j => (j.Sample.Facts, j.Judgement.Right)));

    private static string Table(string split) => $"scienceqa_{split}";

    private static RawRow Row(RawSource raw, ScienceQaEntry entry, ScienceQaOptions options)
    {
        LanguageRow row = Row(entry, options);
        return entry.Image is { } image ? new(row, RawImage.In(raw, image)) : new(row);
    }

    private static LanguageRow Row(ScienceQaEntry entry, ScienceQaOptions options)
    {
        ScienceQaProblem problem = entry.Problem;
        IReadOnlyList<string> letters = ScienceQaPrompt.LettersOf(problem);
        IReadOnlyDictionary<string, string> facts =
            ScienceQaScores.Facts(entry.Subject, entry.Grade, hasText: problem.Hint.Length > 0, hasImage: entry.Image is not null);
        if (ChoiceForm.AreTexts("scienceqa", options.Choices, options.PublishedPrompts)) return LanguageRow.OfTexts(entry.Id,
            ScienceQaPrompt.Cloze(problem, options.PromptFormat), [.. letters.Zip(problem.Choices)], letters[problem.Answer], facts);
        LanguagePrompt training = ScienceQaPrompt.Training(problem, options.PromptFormat, options.PublishedPrompts);
        return new(entry.Id, training.Prompt, training.Target, training.Prompt, [.. letters.Select(ScienceQaPrompt.Continuation)], letters,
            letters[problem.Answer]) { Facts = facts };
    }
}

/// <summary>Options of <c>scienceqa</c>.</summary>
public sealed record ScienceQaOptions
{
    /// <summary>What says which choice is right: <c>letters</c>, as published, or <c>texts</c>: the choices are not listed, the right one's text is learnt
    /// as the answer, and the choice that is likeliest after the question is the model's (lm-evaluation-harness's <c>acc</c>).</summary>
    [OneOf(ChoiceForm.Letters, ChoiceForm.Texts)]
    public string Choices { get; init; } = ChoiceForm.Letters;

    /// <summary>The parts of a prompt in their order, as letters of the published code: <c>CQM-A</c> is context, question and options, then the
    /// answer.</summary>
    [MinLength(1)]
    public string PromptFormat { get; init; } = ScienceQaPrompt.Standard;

    /// <summary>Whether the published captions of the pictures stand in the context.</summary>
    public bool UseCaption { get; init; }

    /// <summary>Whether evaluation asks as the published scripts do, instead of in the words of training.</summary>
    public bool PublishedPrompts { get; init; }
}
