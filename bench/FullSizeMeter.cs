namespace Das.Bench;

/// <summary>METER with the published sizes and random weights on VQAv2's 3,129 answers, and batches of full-length input.</summary>
internal static class FullSizeMeter
{
    public const int TextTokens = 40;

    /// <summary>Dropout of the text tower is off: it is random work of its own.</summary>
    public static MeterConfig Config { get; } = new() { TextDropRate = 0 };

    public static TaskHeads Heads { get; } = new(VqaAnswers: 3129);

    /// <summary>Class token and patches.</summary>
    public static int ImageTokens => 1 + (Config.ImageSize / Config.PatchSize * (Config.ImageSize / Config.PatchSize));

    public static Meter Model(SkipMask removed)
    {
        manual_seed(0);
        Meter model = new(Config, Heads, removed);
        model.FreezeForAdapters();
        return model;
    }

    /// <summary>Random pixels and words. Lives until the process ends.</summary>
    public static (Tensor Pixels, Tensor Words, Tensor Mask, Tensor Targets) Input(int count)
    {
        using var scope = NewDisposeScope();
        Tensor targets = zeros(count, Heads.VqaAnswers);
        targets.select(1, 0).fill_(1);
        return (rand(count, 3, Config.ImageSize, Config.ImageSize).mul(2).sub(1).DetachFromDisposeScope(),
            randint(3, Config.VocabSize, new long[] { count, TextTokens }, dtype: ScalarType.Int64).DetachFromDisposeScope(),
            ones(count, TextTokens, dtype: ScalarType.Int64).DetachFromDisposeScope(), targets.DetachFromDisposeScope());
    }

    public static VqaBatch Batch(int count)
    {
        var (pixels, words, mask, targets) = Input(count);
        return new(pixels, words, mask, targets);
    }

    /// <summary>Forward, as far as the poolers need it.</summary>
    public static long Forward(SkipMask skipped) => MeterCost.Macs(Config, Heads, skipped, TextTokens, ImageTokens, clsOnly: true);
}
