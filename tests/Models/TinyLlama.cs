namespace Das.Tests.Models;

/// <summary>A LLaMA of random weights that takes milliseconds, and texts for it.</summary>
internal static class TinyLlama
{
    public static LlamaConfig Config { get; } = new()
    {
        VocabSize = 40, Dim = 16, Layers = 4, Heads = 4, KvHeads = 2, MultipleOf = 8, MaxLength = 32, InLayerBottleneck = 4, ReplacementBottleneck = 6,
            AdapterPlaces = "block", Dtype = "float32",
    };

    public static Llama New(SkipMask? removed = null, LlamaConfig? config = null)
    {
        manual_seed(0);
        Llama model = new(config ?? Config, removed);
        model.InitializeWeights();
        using IDisposable frozen = no_grad();
        foreach ((string _, Parameter p) in model.named_parameters()) p.Plus_(randn_like(p).Times(0.2)); // new adapters are silent
        model.eval();
        return model;
    }

    /// <summary>Texts of these lengths, every token of which is learnt.</summary>
    public static TokenBatch Texts(int seed, params int[] lengths)
    {
        int T = lengths.Max();
        using Generator drawn = new((ulong)seed);
        Tensor ids = randint(3, Config.VocabSize, [lengths.Length, T], dtype: ScalarType.Int64, generator: drawn);
        return new(ids, lengths, ids.clone());
    }

    /// <summary>One row of a batch, without padding.</summary>
    public static TokenBatch Row(TokenBatch batch, int row) =>
        new(batch.Ids.narrow(0, row, 1).narrow(1, 0, batch.Lengths[row]).contiguous(), [batch.Lengths[row]]);
}
