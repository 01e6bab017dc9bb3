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
        long tower = MeterCost.ImageTower(FullSizeMeter.Config, FullSizeMeter.ImageTokens), rest = StepMacs() - tower;
        return new(timed, [Figure.Gain("adapter-training micro-step ÷ micro-step with the image tower's output kept", timed.Over(t => t[without] / t[with]),
            (double)(tower + rest) / rest)]);
    }

    private static void Step(Meter model, VqaBatch batch)
    {
        using var scope = NewDisposeScope();
        batch.Loss(model).backward();
    }

    /// <summary>
    /// Multiply-accumulates of one sample's forward and backward. The towers have no backward; every product behind them passes its
    /// gradient on, and those whose other factor has a gradient too cost once more: adapters, poolers, head, and both products of attention.
    /// </summary>
    private static long StepMacs()
    {
        MeterConfig config = FullSizeMeter.Config;
        long D = config.HiddenSize, T = FullSizeMeter.TextTokens, N = FullSizeMeter.ImageTokens;
        long towers = MeterCost.ImageTower(config, N) + MeterCost.TextTower(config, T) + ((T + N) * D * D); // projections of frozen outputs pass nothing on
        long learning = FullSizeMeter.Forward(SkipMask.Empty) - towers, twice = (2 * D * D) + (2 * D * 2 * D) + (2 * D * FullSizeMeter.Heads.VqaAnswers);
        for (int i = 0; i < config.NumLayers; i++)
        {
            bool last = i == config.NumLayers - 1;
            foreach ((long own, long other) in new[] { (T, N), (N, T) })
            {
                long wanted = last ? 1 : own;
                twice += (3 * 2 * wanted * D * config.InLayerBottleneck) + (2 * wanted * own * D) + (2 * wanted * other * D);
            }
        }
        return towers + (2 * learning) + twice;
    }
}
