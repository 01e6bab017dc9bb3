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
        "ScienceQA: school questions with two to five choices, half of them with a picture; options promptFormat, useCaption, publishedPrompts.";
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
                new RawTable(Table(split), [.. files.Entries(split, bad).Select(e => Row(raw, e, given.PromptFormat, given.PublishedPrompts))]))];
            return new([], tables, raw);
        });
    }

    /// <summary>Right where the letter is; a continuation without a letter, or with one that is no choice, is wrong. The published code guesses.</summary>
    public override Judgement Judge(LanguageSample sample, string continuation) => Judgement.OfLetter(sample.Expected, ScienceQaAnswer.Letter(continuation));

    public override IReadOnlyList<(string Name, MeanScore Score)> Breakdown(IEnumerable<(LanguageSample Sample, Judgement Judgement)> judged) =>
        ScienceQaScores.Of(judged.Select(j => (j.Sample.Facts, j.Judgement.Right)));

    private static string Table(string split) => $"scienceqa_{split}";

    private static RawRow Row(RawSource raw, ScienceQaEntry entry, string format, bool published)
    {
        LanguagePrompt training = ScienceQaPrompt.Training(entry.Problem, format, published);
        IReadOnlyList<string> letters = ScienceQaPrompt.LettersOf(entry.Problem);
        LanguageRow row = new(entry.Id, training.Prompt, training.Target, training.Prompt, [.. letters.Select(ScienceQaPrompt.Continuation)], letters,
            letters[entry.Problem.Answer])
        {
            Facts = ScienceQaScores.Facts(entry.Subject, entry.Grade, hasText: entry.Problem.Hint.Length > 0, hasImage: entry.Image is not null),
        };
        return entry.Image is { } image ? new(row, RawImage.In(raw, image)) : new(row);
    }
}

/// <summary>Options of <c>scienceqa</c>.</summary>
public sealed record ScienceQaOptions
{
    /// <summary>The parts of a prompt in their order, as letters of the published code: <c>CQM-A</c> is context, question and options, then the
    /// answer.</summary>
    [MinLength(1)]
    public string PromptFormat { get; init; } = ScienceQaPrompt.Standard;

    /// <summary>Whether the published captions of the pictures stand in the context.</summary>
    public bool UseCaption { get; init; }

    /// <summary>Whether evaluation asks as the published scripts do, instead of in the words of training.</summary>
    public bool PublishedPrompts { get; init; }
}
