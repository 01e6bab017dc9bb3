namespace Das.Bench;

/// <summary>What an adapter-training micro-step of METER saves when the frozen image tower's output is kept.</summary>
internal static class KeptTowersStep
{
    private const int Batch = 4;

    public static Measured Measure(MeasurementOptions options)
    {
        Meter model = FullSizeMeter.Model(SkipMask.Empty);
        model.train();
        var (pixels, words, mask, targets) = FullSizeMeter.Input(Batch);
        VqaBatch fresh = new(pixels, words, mask, targets), kept = new(model.ImageTower(pixels).DetachFromDisposeScope(), words, mask, targets);
        const string with = "kept", without = "fresh";
        Interleaved timed = Interleaved.Time([new(without, () => Step(model, fresh)), new(with, () => Step(model, kept))], options);
        long tower = MeterCost.ImageTower(FullSizeMeter.Config, FullSizeMeter.ImageTokens), rest = FullSizeMeter.Step(SkipMask.Empty) - tower;
        return new(timed, [Figure.Gain("adapter-training micro-step ÷ micro-step with the image tower's output kept", timed.Over(t => t[without] / t[with]),
            (double)(tower + rest) / rest)]);
    }

    private static void Step(Meter model, VqaBatch batch)
    {
        using var scope = NewDisposeScope();
        batch.Loss(model).backward();
    }
}
