using System.Text.Json.Serialization;

namespace Das.Recipes;

/// <summary>
/// How a small backbone of our own is pretrained on generated captions, or on real ones over towers that are frozen: masked language modelling on matched
/// pairs and image-text matching against wrong captions, half of each batch for either.
/// </summary>
public sealed record PretrainRecipe
{
    /// <summary>What the checkpoint is called: <c>vilt-shapes</c>.</summary>
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>A name from the backbone catalog.</summary>
    public string Backbone { get; init; } = "vilt";

    /// <summary>Seeds weights, scenes, masks and dropout.</summary>
    public int Seed { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The tokenizer's vocabulary: <c>vocab.txt</c>, <c>vocab.json</c> with <c>merges.txt</c> beside it, or <c>tokenizer.json</c>; copied beside the
    /// checkpoint.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>Architecture values, by the names of the backbone's configuration.</summary>
    public required JsonObject Config { get; init; }

    /// <summary>The folder or file of a pretrained image tower, which stays frozen; null for one that is trained from nothing.</summary>
    [NamesFile]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VisionCheckpoint { get; init; }

    /// <summary>The folder or file of a pretrained text tower, which stays frozen; null for one that is trained from nothing.</summary>
    [NamesFile]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TextCheckpoint { get; init; }

    /// <summary>Benchmarks of captions whose training pictures are trained on; null for generated scenes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BenchmarkRecipe[]? Captions { get; init; }

    /// <summary>Whether a frozen image tower's output is computed once per picture and kept on disk: <c>no</c>, <c>float32</c> (the same bits) or
    /// <c>float16</c>; null for no.</summary>
    [OneOf("no", "float32", "float16")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeepTowers { get; init; }

    /// <summary>Folder of the finished checkpoint.</summary>
    public required string Output { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 10_000;

    /// <summary>Pairs of a picture and a caption per step.</summary>
    public int Batch { get; init; } = 64;

    public double LearningRate { get; init; } = 1e-3;
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Share of the steps over which the learning rate rises from 0.</summary>
    public double Warmup { get; init; } = 0.05;

    /// <summary>Share of a caption's words that are hidden. BERT and ViLT: 0.15; these captions have some ten words only.</summary>
    public double MaskShare { get; init; } = 0.25;
}
