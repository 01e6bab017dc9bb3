using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>Image-text retrieval on any set in Karpathy's form: COCO, Flickr8k, RSICD.</summary>
public sealed class Karpathy : Benchmark
{
    public override string Name => "karpathy";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Retrieval;
    public override string Description =>
        "Pictures with captions in Karpathy's JSON form; a tenth of train is held out where there is no val; options json, images, name, seed, testPictures "
        + "(0: all).";

    /// <summary>The tables' names where option <c>name</c> is not given; a set with restval trains on it too.</summary>
    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new KarpathySet(KarpathyOptions.Standard, "", "").Splits(restval: false);

    public override Type OptionsType => typeof(KarpathyOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        KarpathyOptions given = Read<KarpathyOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            KarpathySet set = new(given.Name, given.Json, given.Images) { TestPictures = given.TestPictures };
            return set.Open(raw, (ulong)given.Seed, bad, cancel);
        });
    }
}

/// <summary>Options of <c>karpathy</c>.</summary>
public sealed record KarpathyOptions
{
    internal const string Standard = "karpathy";

    /// <summary>The file of captions in the source: <c>dataset_flickr8k.json</c>, say.</summary>
    [MinLength(1)]
    public required string Json { get; init; }

    /// <summary>The picture folder in the source: <c>images</c>, say.</summary>
    [MinLength(1)]
    public required string Images { get; init; }

    /// <summary>What the tables are called after, and tables of results call the set.</summary>
    [MinLength(1)]
    public string Name { get; init; } = Standard;

    /// <summary>Draws the held-out pictures, a tenth of train where there is no val, and orders the rows.</summary>
    public long Seed { get; init; }

    /// <summary>Pictures of the test split that are used; 0 for all of them.</summary>
    [Range(0, int.MaxValue)]
    public int TestPictures { get; init; }
}
