namespace Das.Benchmarks.Catalog;

/// <summary>
/// Pictures with captions as Karpathy and Fei-Fei split them (https://cs.stanford.edu/people/karpathy/deepimagesent/): one JSON file,
/// <c>images[]: filename, filepath?, split, sentences[].raw</c>, and a picture folder. Rows are shuffled by a seed, as the published code
/// shuffles them without one (<c>V/utils/write_f30k_karpathy.py</c>).
/// </summary>
/// <param name="Name">What the tables are called after: <c>f30k_caption_karpathy_train</c>.</param>
/// <param name="Json">The file.</param>
/// <param name="Images">The folder; a picture lies in it or in its <c>filepath</c> below it.</param>
internal sealed partial record KarpathySet(string Name, string Json, string Images)
{
    /// <summary>How many pictures are tested, drawn by the seed; 0: all. Recall looks at every pair, so its cost grows with the square.</summary>
    public int TestPictures { get; init; }

    private static readonly string[] Published = ["train", "val", "test", "restval"];

    /// <summary>Split → tables. Training is what Karpathy calls training, and COCO's restval: the published code adds val, a leak (method §8 B3).</summary>
    public IReadOnlyDictionary<string, string[]> Splits(bool restval) => new Dictionary<string, string[]>
    {
        ["train"] = restval ? [Table("train"), Table("restval")] : [Table("train")], ["val"] = [Table("val")], ["test"] = [Table("test")],
    };

    public RawDataset Open(RawSource raw, ulong seed, BadInputs bad, CancellationToken cancel)
    {
        if (!Word().IsMatch(Name)) throw new DasException(ErrorKind.Data,
            $"The name '{Name}' must be letters, digits, - and _ only: the tables are called after it.");
        const string holds = "Karpathy's JSON file and the picture folder";
        raw.Require(Json, holds);
        raw.RequireFolder(Images, holds);
        Dictionary<string, RawRow[]> rows = Read(raw, bad, cancel).ToLookup(r => ((CaptionRow)r.Content).Split).ToDictionary(s => s.Key, s => s.ToArray());
        foreach ((string split, RawRow[] own) in rows) SplitMix64.For(seed, split.Length).Shuffle<RawRow>(own);

        RawRow[] train = rows.GetValueOrDefault("train", []), val = rows.GetValueOrDefault("val", []);
        if (val.Length == 0) // One training picture in ten is held out, the last ones after shuffling.
        {
            int kept = train.Length - HoldOut.Tenth(train.Length);
            val = [.. train[kept..].Select(r => r with { Content = (CaptionRow)r.Content with { Split = "val" } })];
            train = train[..kept];
        }
        List<RawTable> tables = [new(Table("train"), train), new(Table("val"), val), new(Table("test"), Tested(rows.GetValueOrDefault("test", []), bad))];
        if (rows.TryGetValue("restval", out RawRow[]? rest)) tables.Add(new(Table("restval"), rest));
        return new([], tables, raw) { Splits = Splits(rest is not null) };
    }

    private RawRow[] Tested(RawRow[] all, BadInputs bad)
    {
        if (TestPictures == 0) return all;
        RawRow[] tested = [.. all.Take(TestPictures)];
        bad.LeftOut.Add("test", "pictures beyond option testPictures", all.Length - tested.Length);
        return tested;
    }

    private string Table(string split) => $"{Name}_caption_karpathy_{split}";

    private List<RawRow> Read(RawSource raw, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        List<RawRow> rows = [];
        HashSet<string> names = [];
        foreach ((RawRow row, string split, int blank) in JsonItems.Of(raw, Json, "images", unusable, cancel).Read(unusable, item =>
        {
            (string name, string split, string? folder) = (item["filename"].Words(), item["split"].Words(), item["filepath"].TextOrNull());
            string[] all = [.. item["sentences"].Items().Select(s => s["raw"].Text())], captions = [.. all.Where(c => !string.IsNullOrWhiteSpace(c))];
            if (captions.Length == 0) throw item["sentences"].Bad($"of image {name} holds no caption with words");
            if (!Published.Contains(split)) throw new BadItemException(Nearest.Unknown("split", split, Published));
            if (!names.Add(name)) throw new BadItemException($"Image {name} is listed twice; the first counts.");
            string? file = new[] { $"{Images}/{folder}/{name}", $"{Images}/{name}" }.FirstOrDefault(raw.Has);
            return name.Contains("..") || file is null ? throw new BadItemException($"There is no picture {name} in {Images}/.")
                : (new RawRow(new CaptionRow(name, split, captions), RawImage.In(raw, file)), split, all.Length - captions.Length);
        }))
        {
            rows.Add(row);
            bad.LeftOut.Add(split, "captions without words", blank);
            CaptionRow kept = (CaptionRow)row.Content;
            bad.LeftOut.Add(split, "captions that repeat one of the same picture", kept.Captions.Count - kept.Samples);
        }
        bad.Report(unusable);
        return rows;
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex Word();
}
