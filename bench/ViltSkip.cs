namespace Das.Bench;

/// <summary>Does a skipped block save the time that its multiply-accumulates took?</summary>
internal static class ViltSkip
{
    private const int Batch = 8;
    private static readonly int[] skips = [1, 2, 4];

    public static Measured Measure(MeasurementOptions options)
    {
        using var frozen = no_grad();
        VqaBatch batch = FullSizeVilt.Batch(Batch);
        SkipMask most = FullSizeVilt.Spread(skips[^1]);
        ViltProducts fullProducts = new(SkipMask.Empty, Batch), mostProducts = new(most, Batch);
        const string full = "full", products = "products of full", fewestProducts = "products of fewest";
        Contender[] contenders =
        [
            Forward(full, SkipMask.Empty, batch),
            .. skips.Select(k => Forward(Name(k), FullSizeVilt.Spread(k), batch)),
            new(products, fullProducts.Run),
            new(fewestProducts, mostProducts.Run),
        ];
        Interleaved timed = Interleaved.Time(contenders, options);

        double Saved(int k) => (double)Macs(SkipMask.Empty) / Macs(FullSizeVilt.Spread(k));
        return new(timed,
        [
            .. skips.Select(k => Figure.Gain($"forward, 12 blocks ÷ forward without {k} ({FullSizeVilt.Spread(k)})", timed.Over(s => s[full] / s[Name(k)]),
                Saved(k))),
            Figure.Gain($"the same of the products alone, without {skips[^1]}", timed.Over(s => s[products] / s[fewestProducts]), Saved(skips[^1])),
            Figure.Part("forward, 12 blocks: time outside the products", timed.Over(s => 1 - (s[products] / s[full]))),
            Figure.Part($"forward without {skips[^1]}: time outside the products", timed.Over(s => 1 - (s[fewestProducts] / s[Name(skips[^1])]))),
            Figure.Rate("forward, 12 blocks: speed", timed.Over(s => Batch * Macs(SkipMask.Empty) / s[full] / 1e9), "GMAC/s"),
        ]);
    }

    private static string Name(int skip) => $"k={skip}";

    private static Contender Forward(string name, SkipMask removed, VqaBatch batch)
    {
        Vilt model = FullSizeVilt.Model(removed);
        model.eval();
        return new(name, () =>
        {
            using var scope = NewDisposeScope();
            batch.Outputs(model);
        });
    }

    private static long Macs(SkipMask skipped) =>
        ViltCost.Macs(FullSizeVilt.Config, FullSizeVilt.Heads, skipped, FullSizeVilt.TextTokens, FullSizeVilt.ImageTokens, clsOnly: true);
}
