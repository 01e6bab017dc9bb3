namespace Das.Bench;

/// <summary>How fast a LLaMA too small to compute anything decodes: what is left is the launching of operations.</summary>
internal static class DecodeStep
{
    private const int Tokens = 100, Launches = 20_000;
    private static readonly int[] batches = [1, 64];

    public static Measured Measure(MeasurementOptions options)
    {
        using Llama model = SmallLlama.Load(options, "none");
        int begin = SmallLlama.Tokenizer(options).BosId;
        using Tensor one = ones(1);
        const string launch = "launch";
        Interleaved timed = Interleaved.Time([.. batches.Select(B => new Contender(Name(B), () => Decode(model, begin, B))), new(launch, () => Launch(one))],
            options);
        double operations = Operations(() => Decode(model, begin, 1)) / Tokens;
        return new(timed,
        [
            .. batches.Select(B => Figure.Rate($"greedy decoding, batch {B}", timed.Over(s => B * Tokens / s[Name(B)]), "tokens/s")),
            Figure.Rate("an addition to one element: operations", timed.Over(s => Launches / s[launch]), "/s"),
            Figure.Rate("operations a token, batch 1", Spread.Of([operations]), ""),
            .. batches.Select(B => Figure.Part($"batch {B}: time that so many such additions take",
                timed.Over(s => Tokens * operations * s[launch] / Launches / s[Name(B)]))),
        ]);
    }

    private static string Name(int batch) => $"batch {batch}";

    private static void Decode(Llama model, int begin, int batch)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenBatch prompts = new(full([batch, 1], Scalars.Of((long)begin), dtype: ScalarType.Int64), [.. Enumerable.Repeat(1, batch)]);
        TextGenerator.Continue(model, prompts, new(Tokens, EndOfText: -1));
    }

    private static void Launch(Tensor one)
    {
        using IDisposable frozen = no_grad();
        for (int i = 0; i < Launches; i++) one.Plus(one).Dispose();
    }

    /// <summary>Tensors that are made, one by each operation.</summary>
    private static double Operations(Action action)
    {
        long Made() => DisposeScopeManager.Statistics.CreatedInScopeCount + DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
        long before = Made();
        action();
        return Made() - before;
    }
}
