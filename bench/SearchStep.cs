using Das.Search;

namespace Das.Bench;

/// <summary>What searching costs beside adapter training: sampling, and K reward evaluations every T micro-steps.</summary>
internal static class SearchStep
{
    private const int Batch = 4, Skip = 4, Candidates = 3, Every = 10;

    public static Measured Measure(MeasurementOptions options)
    {
        VqaBatch batch = FullSizeVilt.Batch(Batch), held = FullSizeVilt.Batch(Batch);
        SkipMask skipped = FullSizeVilt.Spread(Skip);
        Vilt full = FullSizeVilt.Model(SkipMask.Empty), finished = FullSizeVilt.Model(skipped), searched = FullSizeVilt.Model(null);
        foreach (Vilt model in new[] { full, finished, searched }) model.train();

        List<double> trained = [], rewarded = [];
        ArchitectureSearch search = new(searched, new SkipPolicy(full.Config.NumLayers, Skip, Candidates), new UpdateSchedule(Every, Warmup: 0), seed: 0,
            _ =>
            {
                trained.Add(AdapterStepMacs.Step(searched.Skipped));
                return batch.Loss(searched);
            },
            _ =>
            {
                rewarded.Add(AdapterStepMacs.Forward(searched.Skipped));
                searched.eval();
                double loss = held.Loss(searched).item<float>();
                searched.train();
                return loss;
            });

        const string all = "12 blocks", plain = "plain", quiet = "search", update = "search with update";
        long round = 0;
        Contender[] contenders =
        [
            new(all, () => MicroStep(() => batch.Loss(full))),
            new(plain, () => MicroStep(() => batch.Loss(finished))),
            new(quiet, () => MicroStep(() => search.Loss(round * Every))),
            new(update, () => MicroStep(() => search.Loss((round++ * Every) + Every - 1))),
        ];
        Interleaved timed = Interleaved.Time(contenders, options);

        static double Amortised(IReadOnlyDictionary<string, double> s) => (((Every - 1) * s[quiet]) + s[update]) / Every;
        double ideal = trained.Average() + ((double)Candidates / Every * rewarded.Average());
        string what = $"search micro-step (skip {Skip}, K = {Candidates}, T = {Every}, amortised) ÷ adapter-training micro-step";
        return new(timed,
        [
            Figure.Cost($"{what} of the finished model without {skipped}", timed.Over(s => Amortised(s) / s[plain]), ideal / AdapterStepMacs.Step(skipped)),
            Figure.Cost($"{what} of all 12 blocks", timed.Over(s => Amortised(s) / s[all]), ideal / AdapterStepMacs.Step(SkipMask.Empty)),
            Figure.Cost($"search micro-step without an update ÷ micro-step of the finished model without {skipped}", timed.Over(s => s[quiet] / s[plain]),
                trained.Average() / AdapterStepMacs.Step(skipped)),
            Figure.Cost("one reward evaluation ÷ search micro-step without an update", timed.Over(s => (s[update] - s[quiet]) / Candidates / s[quiet]),
                rewarded.Average() / trained.Average()),
        ]);
    }

    private static void MicroStep(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        Tensor loss = compute();
        loss.backward();
        loss.item<float>();
    }
}
