namespace Das.Benchmarks.Catalog;

/// <summary>
/// Image-text retrieval on Flickr30K (Young et al. 2014) in Karpathy's splits, from the files that ViLT and METER expect
/// (<c>V/utils/write_f30k_karpathy.py</c>, method §6.1-6.2).
/// </summary>
public sealed class Flickr30K : Benchmark
{
    private static readonly KarpathySet Set = new("f30k", "karpathy/dataset_flickr30k.json", "flickr30k-images");

    public override string Name => "f30k";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Retrieval;
    public override string Description => "Flickr30K in Karpathy's splits: 29,000 + 1,014 + 1,000 photographs with five captions each; option seed.";
    public override IReadOnlyDictionary<string, string[]> Splits { get; } = Set.Splits(restval: false);

    public override Type OptionsType => typeof(Flickr30KOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        Flickr30KOptions given = Read<Flickr30KOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            return Set.Open(raw, (ulong)given.Seed, bad, cancel);
        });
    }
}

/// <summary>Options of <c>f30k</c>.</summary>
public sealed record Flickr30KOptions
{
    /// <summary>Orders the pictures within their tables; the published code shuffles without a seed.</summary>
    public long Seed { get; init; }
}
