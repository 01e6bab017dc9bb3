namespace Das.Bench;

/// <summary>What a trained LLaMA loses when its matrices are rounded to int8.</summary>
internal static class Int8Step
{
    private const int Batches = 20, Rows = 8, Length = 256;

    public static Measured Measure(MeasurementOptions options)
    {
        using IDisposable frozen = no_grad();
        PieceTokenizer tokenizer = SmallLlama.Tokenizer(options);
        using Llama full = SmallLlama.Load(options, "none"), rounded = SmallLlama.Load(options, "int8");
        TokenBatch[] batches = Texts(tokenizer.BosId, options.Text is { } file ? Read(tokenizer, file) : Told(full, tokenizer.BosId));
        double[] exact = Losses(full, batches), near = Losses(rounded, batches);

        Interleaved timed = Interleaved.Time([new("float32", () => Losses(full, batches[..2])), new("int8", () => Losses(rounded, batches[..2]))], options);
        return new(timed,
        [
            Figure.Cost($"mean loss of {Batches} batches of {Rows} x {Length} tokens, int8 ÷ float32 ({near.Average():0.0000} ÷ {exact.Average():0.0000})",
                Spread.Of(near.Zip(exact, (one, other) => one / other)), 1),
            new("forward passes, int8 ÷ float32", timed.Over(s => s["int8"] / s["float32"]), "×", null, null),
        ]);
    }

    private static double[] Losses(Llama model, TokenBatch[] batches) => [.. batches.Select(batch =>
    {
        using DisposeScope scope = NewDisposeScope();
        return (double)LanguageObjective.Loss(model, batch).item<float>();
    })];

    /// <summary>Stretches of a file one after the other.</summary>
    private static int[][] Read(PieceTokenizer tokenizer, string file)
    {
        int[][] stretches = [.. tokenizer.Encode(File.ReadAllText(file), bos: false).Chunk(Length - 1).Take(Batches * Rows)];
        return stretches.Length == Batches * Rows && stretches[^1].Length == Length - 1 ? stretches
            : throw new IOException($"{file} has fewer than {Batches * Rows * (Length - 1)} tokens: give a longer text.");
    }

    /// <summary>What the model tells itself: the text that its weights are best at.</summary>
    private static int[][] Told(Llama model, int begin) => [.. Enumerable.Range(0, Batches * Rows).Select(row =>
    {
        using DisposeScope scope = NewDisposeScope();
        return TextGenerator.Continue(model, new(tensor(new long[] { begin }, 1, 1), [1]),
            new(Length - 1, EndOfText: -1) { Temperature = 1, Seed = (ulong)row }).Single();
    })];

    /// <summary>Each stretch behind the beginning of text.</summary>
    private static TokenBatch[] Texts(int begin, int[][] stretches) => [.. stretches.Chunk(Rows).Select(rows =>
    {
        Tensor ids = tensor(rows.SelectMany(row => row.Prepend(begin).Select(id => (long)id)).ToArray(), Rows, Length);
        return new TokenBatch(ids, [.. Enumerable.Repeat(Length, Rows)], ids);
    })];
}
