namespace Das.Tests.Parity;

/// <summary>Recorded greedy continuations by the model that training sees: each prompt alone without a cache, and all of them together with one.</summary>
internal static class Continuations
{
    /// <summary>More positions than any recorded text has: what is recorded without a cache is cut nowhere.</summary>
    public const int Room = 1 << 20;

    /// <summary>No token: what is recorded goes on behind the end of a text, and rows of another length are padded with this.</summary>
    private const int Never = -1;

    /// <summary>(B, steps) tokens, -1 where a row is shorter, and the (B, steps, V) logits that they are chosen from.</summary>
    public static void Check(string name, JsonElement json, LanguageModel model, TokenBatch prompts, IReadOnlyList<TokenBatch> alone, Tensor tokens,
        Tensor logits)
    {
        Assert.Equal(alone.Count, (int)tokens.shape[0]);
        int[][] expected = [.. alone.Select((_, row) => Longs(tokens[row]).TakeWhile(id => id >= 0).Select(id => (int)id).ToArray())];
        Tensor together = Cached(model, prompts, tokens.clamp_min(0));
        for (int row = 0; row < alone.Count; row++)
        {
            int steps = expected[row].Length;
            Tensor recorded = logits[row].narrow(0, 0, steps);
            Tensor byHand = stack([.. Enumerable.Range(0, steps).Select(step => Next(model, Longer(alone[row], Longs(tokens[row])[..step])))], 0);
            LlamaParity.Allowed(json, "logits").Check($"{name}/{row}/alone", recorded, byHand);
            LlamaParity.Allowed(json, "logits").Check($"{name}/{row}/cached", recorded, together[row].narrow(0, 0, steps));
        }
        foreach (bool cached in (bool[])[true, false])
            Assert.Equal(expected, Texts(model, prompts, new((int)tokens.shape[1], Never) { UsesCache = cached })
                .Select((said, row) => said[..Math.Min(said.Length, expected[row].Length)]));
    }

    /// <summary>What a model adds to each prompt.</summary>
    public static IReadOnlyList<int[]> Texts(LanguageModel model, TokenBatch prompts, GenerationOptions options) =>
        TextGenerator.Continue(model, prompts, options, Token);

    /// <summary>Texts as a table.</summary>
    public static TokenBatch Batch(params long[][] texts)
    {
        int T = texts.Max(text => text.Length);
        return new(tensor(texts.SelectMany(text => text.Concat(Enumerable.Repeat(0L, T - text.Length))).ToArray(), texts.Length, T),
            [.. texts.Select(text => text.Length)]);
    }

    public static long[] Longs(Tensor values) => values.contiguous().data<long>().ToArray();

    private static TokenBatch Longer(TokenBatch prompt, long[] more) => prompt with
    {
        Ids = cat([prompt.Ids, tensor(more, 1, more.Length)], 1), Lengths = [prompt.Lengths[0] + more.Length],
    };

    private static Tensor Next(LanguageModel model, TokenBatch batch)
    {
        Sequence sequence = model.Assemble(batch);
        return model.Logits(model.Hidden(sequence)[0][sequence.Lengths[0] - 1]);
    }

    /// <returns>(B, steps, V): what follows each row, and then each of the given tokens but the last.</returns>
    private static Tensor Cached(LanguageModel model, TokenBatch batch, Tensor tokens)
    {
        using KeyValueCache cache = new(batch.Lengths.Count, capacity: 8);
        Sequence sequence = model.Assemble(batch);
        Tensor hidden = model.Hidden(sequence, cache);
        List<Tensor> steps = [model.Logits(stack([.. sequence.Lengths.Select((length, row) => hidden[row][length - 1])], 0))];
        int[] ones = [.. batch.Lengths.Select(_ => 1)];
        for (int step = 0; step + 1 < tokens.shape[1]; step++)
            steps.Add(model.Logits(model.Hidden(new(model.Embed(tokens.narrow(1, step, 1)), ones, null), cache).select(1, 0)));
        return stack([.. steps], 1);
    }
}
