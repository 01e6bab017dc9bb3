namespace Das.Tests.Models;

/// <summary>A ViLT of random weights that takes milliseconds, and batches for it.</summary>
internal static class TinyVilt
{
    public const int Answers = 7;

    public static ViltConfig Config { get; } = new()
    {
        VocabSize = 50, HiddenSize = 16, NumHeads = 2, NumLayers = 4, MaxTextLength = 8, DropRate = 0,
        ImageSize = 32, PatchSize = 8, InLayerBottleneck = 4, ReplacementBottleneck = 6,
    };

    public static TaskHeads Vqa { get; } = new(VqaAnswers: Answers);

    public static Vilt New(SkipMask? removed = null, ViltConfig? config = null, TaskHeads? heads = null)
    {
        Vilt model = new(config ?? Config, heads ?? Vqa, removed);
        using IDisposable frozen = no_grad();
        foreach ((string _, TorchSharp.Modules.Parameter p) in model.named_parameters()) p.add_(randn_like(p), 0.2); // N(0, 0.02) is too quiet to notice errors
        model.eval();
        return model;
    }

    /// <summary>Puts into <paramref name="target"/> what it has in common with <paramref name="source"/>.</summary>
    public static void CopyShared(Vilt source, Vilt target)
    {
        using IDisposable frozen = no_grad();
        Dictionary<string, TorchSharp.Modules.Parameter> from = source.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in target.named_parameters()) parameter.copy_(from[name]);
    }

    /// <summary>Random pixels of the given sizes in patches, zero-padded to a common canvas.</summary>
    public static Tensor Images(int seed, int rows, int columns, params (int Height, int Width)[] sizes)
    {
        using Generator drawn = new((ulong)seed); // tests run side by side and share the global one
        int P = Config.PatchSize;
        Tensor images = zeros(sizes.Length, 3, rows * P, columns * P);
        for (int b = 0; b < sizes.Length; b++)
            images[b].narrow(1, 0, sizes[b].Height * P).narrow(2, 0, sizes[b].Width * P).normal_(generator: drawn);
        return images;
    }

    public static (Tensor Ids, Tensor Mask) Texts(params int[] lengths)
    {
        int T = lengths.Max();
        Tensor mask = arange(T).unsqueeze(0).lt(tensor(lengths.Select(l => (long)l).ToArray()).unsqueeze(1)).to(ScalarType.Int64);
        return (arange(lengths.Length * T).view(lengths.Length, T).remainder(Config.VocabSize).mul(mask), mask);
    }
}
