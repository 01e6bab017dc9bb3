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

    /// <summary>Sizes for generated scenes and the small vocabulary that comes with the repository.</summary>
    public static MeterConfig OfScenes { get; } = Config with
    {
        TextEncoder = "bert", TextPositions = 40, MaxTextLength = 40, ImageSize = 64, PatchSize = 16, VocabSize = File.ReadLines(Vocabulary).Count(),
    };

    public static string Vocabulary => Repository.PathOf("models/vilt-shapes/vocab.txt");

    /// <summary>Writes a checkpoint of random weights, as pretraining would: no adapters, no task heads.</summary>
    public static void WritePretrained(string path)
    {
        using Meter model = New(config: OfScenes, heads: new(Itm: true));
        SafetensorsWriter.Write(path, model.Pretrained(),
            new Dictionary<string, string> { [ModelFiles.ConfigKey] = JsonSerializer.Serialize(OfScenes, JsonSerializerOptions.Web) });
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
