namespace Das.Bench;

/// <summary>METER with the published sizes and random weights on VQAv2's 3,129 answers, and batches of full-length input.</summary>
internal static class FullSizeMeter
{
    public const int TextTokens = 40;

    /// <summary>Dropout of the text tower is off: it is random work of its own.</summary>
    public static MeterConfig Config { get; } = new() { TextDropRate = 0 };

    public static TaskHeads Heads { get; } = new(VqaAnswers: 3129);

    /// <summary>Class token and patches.</summary>
    public static int ImageTokens => Tokens(Config);

    /// <param name="removed">The layers that the finished model does without.</param>
    /// <param name="config">Sizes; the published ones by default.</param>
    public static Meter Model(SkipMask removed, MeterConfig? config = null)
    {
        manual_seed(0);
        Meter model = new(config ?? Config, Heads, removed);
        model.FreezeForAdapters();
        return model;
    }

    /// <summary>Random pixels and words. Lives until the process ends.</summary>
    public static (Tensor Pixels, Tensor Words, Tensor Mask, Tensor Targets) Input(int count, int? imageSize = null)
    {
        using var scope = NewDisposeScope();
        int side = imageSize ?? Config.ImageSize;
        Tensor targets = zeros(count, Heads.VqaAnswers);
        targets.select(1, 0).fill_(1);
        return (rand(count, 3, side, side).mul(2).sub(1).DetachFromDisposeScope(),
            randint(3, Config.VocabSize, new long[] { count, TextTokens }, dtype: ScalarType.Int64).DetachFromDisposeScope(),
            ones(count, TextTokens, dtype: ScalarType.Int64).DetachFromDisposeScope(), targets.DetachFromDisposeScope());
    }

    public static VqaBatch Batch(int count, int? imageSize = null)
    {
        var (pixels, words, mask, targets) = Input(count, imageSize);
        return new(pixels, words, mask, targets);
    }

    /// <summary>Forward, as far as the poolers need it.</summary>
    public static long Forward(SkipMask skipped, MeterConfig? config = null) =>
        MeterCost.Macs(config ?? Config, Heads, skipped, TextTokens, Tokens(config ?? Config), clsOnly: true);

    /// <summary>
    /// Multiply-accumulates of one sample's forward and backward. The towers have no backward; every product behind them passes its
    /// gradient on, and those whose other factor has a gradient too cost once more: adapters, poolers, head, and both products of attention.
    /// </summary>
    public static long Step(SkipMask skipped, MeterConfig? sizes = null)
    {
        MeterConfig config = sizes ?? Config;
        long D = config.HiddenSize, T = TextTokens, N = Tokens(config), L = config.NumLayers;
        long towers = MeterCost.ImageTower(config, N) + MeterCost.TextTower(config, T) + ((T + N) * D * D); // projections of frozen outputs pass nothing on
        long learning = Forward(skipped, config) - towers, twice = (2 * D * D) + (2 * D * 2 * D) + (2 * D * Heads.VqaAnswers);
        int last = Enumerable.Range(0, (int)L).LastOrDefault(i => !skipped.Contains(i) || !skipped.Contains((int)L + i), -1);
        for (int i = 0; i < L; i++)
            foreach ((int index, long own, long other) in new[] { (i, T, N), ((int)L + i, N, T) })
            {
                long wanted = i >= last ? 1 : own;
                twice += skipped.Contains(index) ? 2 * wanted * D * config.ReplacementBottleneck
                    : (3 * 2 * wanted * D * config.InLayerBottleneck) + (2 * wanted * own * D) + (2 * wanted * other * D);
            }
        return towers + (2 * learning) + twice;
    }

    private static int Tokens(MeterConfig config) => 1 + (config.ImageSize / config.PatchSize * (config.ImageSize / config.PatchSize));
}
