namespace Das.Bench;

/// <summary>Do skipped cross layers save the time that their multiply-accumulates took?</summary>
internal static class MeterSkip
{
    private const int Batch = 4;

    /// <summary>Two layers of either stream, and four of the image stream.</summary>
    private static readonly (string Name, SkipMask Mask)[] skips =
        [("2 text + 2 image layers", SkipMask.Of(1, 3, 7, 9)), ("4 image layers", SkipMask.Of(6, 7, 8, 9))];

    public static Measured Measure(MeasurementOptions options)
    {
        using var frozen = no_grad();
        VqaBatch batch = FullSizeMeter.Batch(Batch);
        const string full = "full";
        Contender[] contenders = [Forward(full, SkipMask.Empty, batch), .. skips.Select(s => Forward(s.Name, s.Mask, batch))];
        Interleaved timed = Interleaved.Time(contenders, options);
        return new(timed,
        [
            .. skips.Select(s => Figure.Gain($"forward, 12 layers ÷ forward without {s.Name} ({s.Mask})", timed.Over(t => t[full] / t[s.Name]),
                (double)FullSizeMeter.Forward(SkipMask.Empty) / FullSizeMeter.Forward(s.Mask))),
            Figure.Rate("forward, 12 layers: speed", timed.Over(t => Batch * FullSizeMeter.Forward(SkipMask.Empty) / t[full] / 1e9), "GMAC/s"),
        ]);
    }

    private static Contender Forward(string name, SkipMask removed, VqaBatch batch)
    {
        Meter model = FullSizeMeter.Model(removed);
        model.eval();
        return new(name, () =>
        {
            using var scope = NewDisposeScope();
            batch.Outputs(model);
        });
    }
}
