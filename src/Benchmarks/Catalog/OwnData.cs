using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// Rows of one's own files: one file for each split, or one file of which a column or a draw says what is for what. Rows that share a picture or a text
/// stay on one side of a draw.
/// </summary>
internal sealed class OwnData(RawSource raw, OwnDataOptions options, BadInputs bad, CancellationToken cancel)
{
    /// <inheritdoc cref="OwnFiles.Of"/>
    public string? File(string split) => OwnFiles.Of(raw, options, split);

    /// <summary>The rows of all splits.</summary>
    /// <param name="read">The rows of one item, which has the given id unless it has one of its own, and is for the given split.</param>
    /// <param name="keysOf">What a row may share with others.</param>
    /// <exception cref="DasException">There is no file to train on, or an item cannot be used.</exception>
    public OwnSplits<T> Read<T>(Func<RawItem, string, string, IEnumerable<T>> read, Func<T, IEnumerable<string>> keysOf)
    {
        string train = File("train") ?? throw new DasException(ErrorKind.Data, $"{raw.Path} holds no file of rows: expected train with one of the endings "
            + $"{string.Join(", ", ItemFile.Endings)}, or name it as benchmark.options.train.");
        Dictionary<string, List<T>> rows = OwnFiles.Splits.ToDictionary(split => split, _ => new List<T>());
        foreach ((string split, string? file) in new[] { ("train", train), ("val", File("val")), ("test", File("test")) })
            if (file is not null) Add(split, file, read, rows);
        return Drawn(rows["train"], Given("val"), Given("test"), keysOf);

        IReadOnlyList<T>? Given(string split) => rows[split].Count > 0 || File(split) is not null ? rows[split] : null;
    }

    /// <summary>Holds out of the training rows what was not given (null); what was given and holds nothing stays empty, and is refused.</summary>
    public OwnSplits<T> Drawn<T>(IReadOnlyList<T> train, IReadOnlyList<T>? val, IReadOnlyList<T>? test, Func<T, IEnumerable<string>> keysOf)
    {
        (int all, IReadOnlyList<T> kept) = (train.Count, train);
        if (test is null) (kept, test) = HoldOut.Draw(kept, keysOf, HoldOut.Share(all, options.TestPercent), SplitMix64.For((ulong)options.Seed, 1));
        if (val is null) (kept, val) = HoldOut.Draw(kept, keysOf, HoldOut.Share(all, options.ValPercent), SplitMix64.For((ulong)options.Seed, 0));
        return new(kept, val, test);
    }

    private void Add<T>(string given, string file, Func<RawItem, string, string, IEnumerable<T>> read, Dictionary<string, List<T>> rows)
    {
        List<BadInput> unusable = [];
        long number = 0;
        foreach ((string split, T[] made) in ItemFile.Of(raw, file, unusable, cancel).Read(unusable, item =>
        {
            string split = options.SplitColumn is { } column && given == "train" ? Split(item[column]) : given;
            return (split, (T[])[.. read(item, $"{Path.GetFileNameWithoutExtension(file)}-{++number}", split)]);
        })) rows[split].AddRange(made);
        bad.Report(unusable);
    }

    private static string Split(RawField field)
    {
        string said = field.Words().Trim();
        return OwnFiles.SplitOf(said) ?? throw field.Bad($"is '{said}'; expected train, val or test");
    }
}

/// <summary>Which file of a source is read for which split.</summary>
public static class OwnFiles
{
    private static readonly Dictionary<string, string[]> Names = new()
    {
        ["train"] = ["train", "training"], ["val"] = ["val", "valid", "validation", "dev"], ["test"] = ["test", "testing"],
    };

    internal static IEnumerable<string> Splits => Names.Keys;

    /// <summary>The split that people call so; null where there is none.</summary>
    public static string? SplitOf(string name) => Names.FirstOrDefault(names => names.Value.Contains(name.Trim().ToLowerInvariant())).Key;

    /// <summary>The file that is named, else the one that is called after the split; for training else the only one there is.</summary>
    /// <param name="raw">Holds the files.</param>
    /// <param name="options">Names them.</param>
    /// <param name="split">Its name.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="DasException">It cannot be told which of several is meant, or the one that is named is missing.</exception>
    public static string? Of(RawSource raw, OwnDataOptions options, string split)
    {
        if ((split switch { "train" => options.Train, "val" => options.Val, _ => options.Test }) is { } named)
        {
            raw.Require(named, "what benchmark.options names");
            return named;
        }
        string[] files = [.. raw.Names("").Where(name => ItemFile.Endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))];
        string[] found = [.. files.Where(name => SplitOf(Path.GetFileNameWithoutExtension(name)) == split)];
        if (found.Length == 0 && split == "train") found = [.. files.Where(name => SplitOf(Path.GetFileNameWithoutExtension(name)) is null)];
        return found.Length <= 1 ? found.FirstOrDefault() : throw new DasException(ErrorKind.Data,
            $"{raw.Path} holds {string.Join(" and ", found)}: name the one to be read as benchmark.options.{split}.");
    }
}

/// <summary>The rows of each split.</summary>
internal sealed record OwnSplits<T>(IReadOnlyList<T> Train, IReadOnlyList<T> Val, IReadOnlyList<T> Test)
{
    /// <summary>With each split's name.</summary>
    public IEnumerable<(string Split, IReadOnlyList<T> Rows)> All => [("train", Train), ("val", Val), ("test", Test)];

    /// <summary>A benchmark's splits, one table each.</summary>
    public static IReadOnlyDictionary<string, string[]> Tables(string benchmark) =>
        new[] { "train", "val", "test" }.ToDictionary(split => split, split => new[] { $"{benchmark}_{split}" });
}

/// <summary>Which files hold one's own data, and how their rows are split.</summary>
public record OwnDataOptions
{
    /// <summary>The file to train on: CSV, JSON lines, a JSON list or Parquet, by its ending. By default the one called train, else the only one there
    /// is.</summary>
    [MinLength(1)]
    public string? Train { get; init; }

    /// <summary>The file that is held out for the search's reward. By default the one called val, valid, validation or dev; without one, rows of the
    /// training file are drawn.</summary>
    [MinLength(1)]
    public string? Val { get; init; }

    /// <summary>The file to be tested on. By default the one called test; without one, rows of the training file are drawn.</summary>
    [MinLength(1)]
    public string? Test { get; init; }

    /// <summary>The column of the training file that says train, val or test of each row.</summary>
    [MinLength(1)]
    public string? SplitColumn { get; init; }

    /// <summary>Draws the rows that are held out and tested on.</summary>
    public long Seed { get; init; }

    /// <summary>Share of the rows that is held out where nothing says which, in percent.</summary>
    [Range(1, 90)]
    public int ValPercent { get; init; } = 10;

    /// <summary>Share of the rows that is tested on where nothing says which, in percent.</summary>
    [Range(1, 90)]
    public int TestPercent { get; init; } = 20;
}
