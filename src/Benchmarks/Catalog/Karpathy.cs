namespace Das.Benchmarks.Catalog;

/// <summary>Image-text retrieval on any set in Karpathy's form: COCO, Flickr8k, RSICD.</summary>
public sealed class Karpathy : Benchmark
{
    private const string Standard = "karpathy";

    public override string Name => "karpathy";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Retrieval;
    public override string Description =>
        "Pictures with captions in Karpathy's JSON form; a tenth of train is held out where there is no val; options json, images, name, seed, testPictures "
        + "(0: all).";

    /// <summary>The tables' names where option <c>name</c> is not given; a set with restval trains on it too.</summary>
    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new KarpathySet(Standard, "", "").Splits(restval: false);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        BenchmarkOptions given = new(Name, options, ("json", ""), ("images", ""), ("name", Standard), ("seed", 0), ("testPictures", 0));
        RawSource raw = RawSource.At(source, Name);
        try
        {
            KarpathySet set = new(given.Text("name", "what the tables are called after"),
                given.Text("json", "the file of captions in the source, dataset_flickr8k.json say"),
                    given.Text("images", "the picture folder in the source, images say"))
            {
                TestPictures = given.Count("testPictures", least: 0),
            };
            return set.Open(raw, (ulong)given["seed"], bad, cancel);
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }
}
