using Das.Models.Backbones;
using Das.Models.Skipping;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Tests.Models;

/// <summary>A METER of random weights that takes milliseconds, and batches for it.</summary>
internal static class TinyMeter
{
    public static MeterConfig Config { get; } = new()
    {
        VocabSize = 50, HiddenSize = 16, NumHeads = 2, NumLayers = 3, MlpRatio = 2, MaxTextLength = 8, DropRate = 0, TextDropRate = 0,
        TextLayers = 2, TextIntermediate = 24, TextPositions = 12, ImageSize = 32, PatchSize = 8, ClipWidth = 12, ClipHeads = 3, ClipLayers = 2,
        InLayerBottleneck = 4, ReplacementBottleneck = 6,
    };

    public static TaskHeads Vqa { get; } = new(VqaAnswers: 7);

    public static Meter New(SkipMask? removed = null, MeterConfig? config = null, TaskHeads? heads = null)
    {
        Meter model = new(config ?? Config, heads ?? Vqa, removed);
        using IDisposable frozen = no_grad();
        foreach ((string _, Parameter p) in model.named_parameters()) p.add_(randn_like(p), 0.2); // N(0, 0.02) is too quiet to notice errors
        model.eval();
        return model;
    }

    public static Tensor Images(int seed, int count)
    {
        using Generator drawn = new((ulong)seed);
        return randn(count, 3, Config.ImageSize, Config.ImageSize, generator: drawn);
    }

    /// <summary>Texts of these lengths, padded with RoBERTa's 1.</summary>
    public static (Tensor Ids, Tensor Mask) Texts(params int[] lengths)
    {
        int T = lengths.Max();
        Tensor mask = arange(T).unsqueeze(0).lt(tensor(lengths.Select(l => (long)l).ToArray()).unsqueeze(1)).to(ScalarType.Int64);
        return (arange(lengths.Length * T).view(lengths.Length, T).remainder(Config.VocabSize - 2).add(2).mul(mask).add(mask.neg().add(1)), mask);
    }
}
