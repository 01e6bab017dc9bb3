namespace Das.Bench;

/// <summary>How fast a LLaMA too small to compute anything decodes: what is left is the launching of operations.</summary>
internal static class DecodeStep
{
    private const int Tokens = 100, Launches = 20_000, Texts = 64, Width = 16, FirstPiece = 259;
    private static readonly int[] batches = [1, 64];

    public static Measured Measure(MeasurementOptions options)
    {
        using Llama model = SmallLlama.Load(options, "none");
        int begin = SmallLlama.Tokenizer(options).BosId;
        using Tensor one = ones(1);
        int end = SmallLlama.Tokenizer(options).Encode(" the end.")[^1];
        const string launch = "launch", filled = "filled", batchByBatch = "batch by batch";
        Interleaved timed = Interleaved.Time(
        [
            .. batches.Select(B => new Contender(Name(B), () => Decode(model, begin, B))), new(launch, () => Launch(one)),
            new(batchByBatch, () =>
            {
                for (int first = 0; first < Texts; first += Width) Sentences(model, begin, end, first, Width);
            }),
            new(filled, () => Sentences(model, begin, end, 0, Texts)),
        ], options);
        double operations = Operations(() => Decode(model, begin, 1)) / Tokens;
        return new(timed,
        [
            .. batches.Select(B => Figure.Rate($"greedy decoding, batch {B}", timed.Over(s => B * Tokens / s[Name(B)]), "tokens/s")),
            Figure.Rate("an addition to one element: operations", timed.Over(s => Launches / s[launch]), "/s"),
            Figure.Rate("operations a token, batch 1", Spread.Of([operations]), ""),
            new($"{Texts} sentences, {Width} at once: batch by batch ÷ the next begun where one has ended", timed.Over(s => s[batchByBatch] / s[filled]), "×",
                null, null),
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

    /// <summary>Drawn texts up to a full stop, each behind another second token.</summary>
    private static void Sentences(Llama model, int begin, int end, int from, int count) =>
        TextGenerator.Continue(model, count, Width, (first, texts) =>
        {
            long[] ids = [.. Enumerable.Range(from + first, texts).SelectMany(i => new long[] { begin, FirstPiece + i })];
            return new(tensor(ids, texts, 2), [.. Enumerable.Repeat(2, texts)]);
        }, new(Tokens, end) { Temperature = 1 });

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
