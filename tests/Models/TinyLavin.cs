namespace Das.Tests.Models;

/// <summary>A LaVIN of random weights that takes milliseconds, and batches for it.</summary>
internal static class TinyLavin
{
    public static LavinConfig Config { get; } = new()
    {
        VocabSize = 40, Dim = 16, Layers = 3, Heads = 2, MultipleOf = 8, MaxLength = 24, InLayerBottleneck = 4, ReplacementBottleneck = 6, DropRate = 0,
            Dtype = "float32",
        ImageSize = 28, PatchSize = 14, ClipWidth = 12, ClipHeads = 2, ClipLayers = 4, ClipEvery = 2, HiddenProj = 5, ImagePrefix = [31, 32],
            NoImagePrefix = [31, 33, 34],
    };

    public static Lavin New(SkipMask? removed = null, LavinConfig? config = null)
    {
        manual_seed(0);
        Lavin model = new(config ?? Config, removed);
        model.InitializeWeights();
        using IDisposable frozen = no_grad();
        foreach ((string _, Parameter p) in model.named_parameters()) p.Plus_(randn_like(p).Times(0.2)); // new adapters are silent
        model.eval();
        return model;
    }

    /// <summary>Texts of these lengths, the rows with a picture of random pixels where <paramref name="shows"/> says so; every token is learnt.</summary>
    public static TokenBatch Texts(int[] lengths, bool[] shows)
    {
        int T = lengths.Max();
        using Generator drawn = new(1);
        Tensor ids = randint(1, 30, [lengths.Length, T], dtype: ScalarType.Int64, generator: drawn),
            images = randn(lengths.Length, 3, Config.ImageSize, Config.ImageSize, generator: drawn);
        return new(ids, lengths, ids.clone(), images, shows);
    }

    /// <summary>One row of a batch.</summary>
    public static TokenBatch Row(TokenBatch batch, int row)
    {
        int length = batch.Lengths[row];
        return new(batch.Ids.narrow(0, row, 1).narrow(1, 0, length), [length], batch.Labels!.narrow(0, row, 1).narrow(1, 0, length),
            batch.Image!.narrow(0, row, 1), [batch.HasImage![row]]);
    }
}
