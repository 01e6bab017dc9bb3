using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// A language task in JSON lines, <c>train.jsonl</c> and a file that is published with answers to be tested on. The published code measures the
/// search's reward on its training rows (method §8 B3); here a share of them is held out. A <c>*_0_shot_test.json</c> that the published scripts made
/// becomes a split of its own.
/// </summary>
public abstract class JsonLinesTask : LanguageBenchmark
{
    protected const string Train = "train.jsonl";

    /// <summary>The test file's names as published in one place or another.</summary>
    private protected abstract IReadOnlyList<string> TestFiles { get; }

    /// <summary>What the published script calls the file of queries that it makes.</summary>
    private protected abstract string ZeroShotFile { get; }

    /// <summary>What a line holds.</summary>
    /// <param name="item">The line.</param>
    /// <param name="id">Its id, unless it has one of its own.</param>
    /// <param name="options">The recipe's.</param>
    /// <exception cref="BadItemException">It cannot be used.</exception>
    private protected abstract LanguageRow Row(RawItem item, string id, JsonLinesOptions options);

    /// <summary>What rows may share so that one gives the other away; a row never shares its id.</summary>
    private protected virtual IEnumerable<string> KeysOf(LanguageRow row) => [row.Query];

    public override IReadOnlyDictionary<string, string[]> Splits => new[] { "train", "val", "test", "zero_shot" }.ToDictionary(s => s, s => new[] { Table(s) });

    public override Type OptionsType => typeof(JsonLinesOptions);

    /// <summary>Whether choices are told by their texts.</summary>
    /// <exception cref="DasException">The published queries are asked for too.</exception>
    private protected bool AsksTexts(JsonLinesOptions options) =>
        options is ChoiceOptions choice && ChoiceForm.AreTexts(Name, choice.Choices, options.PublishedPrompts);

    private protected virtual JsonLinesOptions ReadOptions(JsonObject? options) => Read<JsonLinesOptions>(options);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        JsonLinesOptions given = ReadOptions(options);
        return RawSource.Read(source, Name, raw =>
        {
            (LanguageRow[] train, LanguageRow[] val, LanguageRow[] test) = Split(raw, given, bad, cancel);
            List<RawTable> tables = [Written("train", train), Written("val", val), Written("test", test)];
            if (raw.Has(ZeroShotFile)) tables.Add(Written("zero_shot", ZeroShotQueries.Read(raw, ZeroShotFile, bad, cancel)));
            return new([], tables, raw);
        });
    }

    private protected virtual (LanguageRow[] Train, LanguageRow[] Val, LanguageRow[] Test) Split(RawSource raw, JsonLinesOptions options, BadInputs bad,
        CancellationToken cancel)
    {
        raw.Require(Train, Holds);
        LanguageRow[] all = Rows(raw, Train, options, bad, cancel), test = Rows(raw, TestFile(raw), options, bad, cancel);
        (LanguageRow[] train, LanguageRow[] val) = Draw(all, options, options.ValPercent, all.Length, stream: 0);
        return (train, val, test);
    }

    private protected string Holds => $"{Train} and {string.Join(" or ", TestFiles)}";

    /// <summary>The first of the test file's names that is there.</summary>
    private protected string TestFile(RawSource raw)
    {
        string file = TestFiles.FirstOrDefault(raw.Has) ?? TestFiles[0];
        raw.Require(file, Holds);
        return file;
    }

    private protected LanguageRow[] Rows(RawSource raw, string file, JsonLinesOptions options, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        HashSet<string> ids = [];
        int number = 0;
        LanguageRow[] rows = [.. JsonLines.Of(raw, file, unusable, cancel).Read(unusable, item =>
        {
            LanguageRow row = Row(item, $"{Path.GetFileNameWithoutExtension(file)}-{number++}", options);
            return ids.Add(row.Id) ? row : throw new BadItemException($"The id '{row.Id}' stands twice; the first counts.");
        })];
        bad.Report(unusable);
        return rows;
    }

    /// <summary>Holds out a share of <paramref name="of"/> rows, whole groups that share a key.</summary>
    private protected (LanguageRow[] Kept, LanguageRow[] Held) Draw(LanguageRow[] rows, JsonLinesOptions options, int percent, int of, int stream) =>
        HoldOut.Draw(rows, KeysOf, HoldOut.Share(of, percent), SplitMix64.For((ulong)options.Seed, stream));

    private RawTable Written(string split, IReadOnlyList<LanguageRow> rows) => new(Table(split), [.. rows.Select(r => new RawRow(r))]);

    private string Table(string split) => $"{Name}_{split}";
}

/// <summary>Options of every task in JSON lines.</summary>
public record JsonLinesOptions
{
    /// <summary>Draws the rows that are held out.</summary>
    public long Seed { get; init; }

    /// <summary>Share of the training rows that is held out for the search's reward, in percent. The published code holds out none (method §8 B3).</summary>
    [Range(1, 99)]
    public int ValPercent { get; init; } = 10;

    /// <summary>Whether evaluation asks as the published scripts do, instead of in the words of training.</summary>
    public bool PublishedPrompts { get; init; }
}
