namespace Das.Bench;

/// <summary>ViLT-B/32 with the published sizes and random weights on VQAv2's 3,129 answers, and batches of full-length input.</summary>
internal static class FullSizeVilt
{
    /// <summary>T: every question as long as the longest, so nothing is masked.</summary>
    public const int TextTokens = 40;

    public static ViltConfig Config { get; } = new();

    public static TaskHeads Heads { get; } = new(VqaAnswers: 3129);

    /// <summary>N: class token and the patches of a square image.</summary>
    public static int ImageTokens => 1 + (Config.Grid * Config.Grid);

    /// <param name="removed">The layers of a finished model; null for a model that is searched.</param>
    public static Vilt Model(SkipMask? removed)
    {
        manual_seed(0);
        Vilt model = new(Config, Heads, removed);
        model.FreezeForAdapters();
        return model;
    }

    /// <summary><paramref name="skip"/> layers, evenly spread and never the last.</summary>
    public static SkipMask Spread(int skip) => SkipMask.Of(Enumerable.Range(1, skip).Select(i => i * Config.NumLayers / (skip + 1)));

    /// <summary>Random pixels and words; every sample has one right answer. Lives until the process ends.</summary>
    public static VqaBatch Batch(int count)
    {
        using var scope = NewDisposeScope();
        Tensor targets = zeros(count, Heads.VqaAnswers);
        targets.select(1, 0).fill_(1);
        Tensor pixels = rand(count, 3, Config.ImageSize, Config.ImageSize).mul(2).sub(1);
        Tensor words = randint(1, Config.VocabSize, new long[] { count, TextTokens }, dtype: ScalarType.Int64);
        Tensor mask = ones(count, TextTokens, dtype: ScalarType.Int64);
        return new(pixels.DetachFromDisposeScope(), words.DetachFromDisposeScope(), mask.DetachFromDisposeScope(), targets.DetachFromDisposeScope());
    }
}
