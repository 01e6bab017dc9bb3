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
    /// <summary>Where a set has no validation split, one training picture in ten is held out, the last ones after shuffling.</summary>
    private const int HeldOut = 10;

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
        if (val.Length == 0)
        {
            int kept = train.Length - train.Length / HeldOut;
            val = [.. train[kept..].Select(r => r with { Content = (CaptionRow)r.Content with { Split = "val" } })];
            train = train[..kept];
        }
        List<RawTable> tables = [new(Table("train"), train), new(Table("val"), val), new(Table("test"), Tested(rows.GetValueOrDefault("test", [])))];
        if (rows.TryGetValue("restval", out RawRow[]? rest)) tables.Add(new(Table("restval"), rest));
        return new([], tables, raw) { Splits = Splits(rest is not null) };
    }

    private RawRow[] Tested(RawRow[] all) => TestPictures == 0 ? all : [.. all.Take(TestPictures)];

    private string Table(string split) => $"{Name}_caption_karpathy_{split}";

    private List<RawRow> Read(RawSource raw, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        List<RawRow> rows = [];
        HashSet<string> names = [];
        using Stream stream = raw.Open(Json);
        foreach (JsonElement item in JsonItems.Of(stream, "images", (after, reason) =>
            unusable.Add(new(raw.Describe(Json), $"After {after} images: {reason}"))))
        {
            cancel.ThrowIfCancellationRequested();
            string[] captions = [.. item.List("sentences").Select(s => s.Text("raw")).OfType<string>()];
            if (item.Text("filename") is not { } name || item.Text("split") is not { } split || captions.Length == 0)
                unusable.Add(new(raw.Describe(Json), $"'{item.Short()}' lacks filename, split or sentences with raw."));
            else
            {
                string where = $"{raw.Describe(Json)} image {name}";
                string? file = new[] { $"{Images}/{item.Text("filepath")}/{name}", $"{Images}/{name}" }.FirstOrDefault(raw.Has);
                if (!Published.Contains(split)) unusable.Add(new(where, Nearest.Unknown("split", split, Published)));
                else if (!names.Add(name)) unusable.Add(new(where, "It is listed twice; the first counts."));
                else if (name.Contains("..") || file is null) unusable.Add(new(where, $"There is no picture {name} in {Images}/."));
                else rows.Add(new(new CaptionRow(name, split, captions), RawImage.In(raw, file)));
            }
        }
        bad.Report(unusable);
        return rows;
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex Word();
}
