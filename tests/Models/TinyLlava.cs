namespace Das.Tests.Models;

/// <summary>A LLaVA of random weights that takes milliseconds, and batches for it. An image takes four positions.</summary>
internal static class TinyLlava
{
    public static LlavaConfig Config { get; } = new()
    {
        VocabSize = 40, Dim = 16, Layers = 3, Heads = 2, MultipleOf = 8, MaxLength = 24, InLayerBottleneck = 4, ReplacementBottleneck = 6, Dtype = "float32",
        ImageSize = 28, PatchSize = 14, ClipWidth = 12, ClipHeads = 2, ClipLayers = 3,
    };

    public static Llava New(SkipMask? removed = null, LlavaConfig? config = null)
    {
        manual_seed(0);
        Llava model = new(config ?? Config, removed);
        model.InitializeWeights();
        using IDisposable frozen = no_grad();
        foreach ((string _, Parameter p) in model.named_parameters()) p.Plus_(randn_like(p).Times(0.2));
        model.eval();
        return model;
    }

    /// <summary>Texts of these lengths, a placeholder standing third in the rows that <paramref name="shows"/> names; one image of random pixels a
    /// row; every token is learnt.</summary>
    public static TokenBatch Texts(int[] lengths, bool[] shows)
    {
        int T = lengths.Max();
        using Generator drawn = new(1);
        Tensor ids = randint(1, 30, [lengths.Length, T], dtype: ScalarType.Int64, generator: drawn),
            images = randn(lengths.Length, 3, Config.ImageSize, Config.ImageSize, generator: drawn);
        using Tensor placeholder = tensor(TokenBatch.ImageToken);
        for (int row = 0; row < lengths.Length; row++)
            if (shows[row]) ids[row][2].copy_(placeholder);
        return new(ids, lengths, ids.clone(), images, shows);
    }
}
