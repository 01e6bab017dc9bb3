namespace Das.Tests.Parity;

/// <summary>Recorded greedy continuations by the model that training sees: each prompt alone without a cache, and all of them together with one.</summary>
internal static class Continuations
{
    /// <summary>No token: what is recorded goes on behind the end of a text.</summary>
    private const int Never = -1;

    /// <param name="name">Of the comparison.</param>
    /// <param name="json">The case, for its tolerance.</param>
    /// <param name="model">Under its mask.</param>
    /// <param name="prompts">All rows.</param>
    /// <param name="alone">The same rows in batches of one.</param>
    /// <param name="tokens">(B, steps), what the model says.</param>
    /// <param name="logits">(B, steps, V), from which it chooses.</param>
    public static void Check(string name, JsonElement json, LanguageModel model, TokenBatch prompts, IReadOnlyList<TokenBatch> alone, Tensor tokens,
        Tensor logits)
    {
        int steps = (int)tokens.shape[1];
        Tensor byHand = stack([.. alone.Select((prompt, row) =>
            stack([.. Enumerable.Range(0, steps).Select(step => Next(model, Longer(prompt, Longs(tokens[row])[..step])))], 0))], 0);
        LlamaParity.Allowed(json, "logits").Check($"{name}/alone", logits, byHand);
        LlamaParity.Allowed(json, "logits").Check($"{name}/cached", logits, Cached(model, prompts, tokens));

        int[][] expected = [.. Enumerable.Range(0, alone.Count).Select(row => Longs(tokens[row]).Select(id => (int)id).ToArray())];
        foreach (bool cached in (bool[])[true, false])
            Assert.Equal(expected, Texts(model, prompts, new(steps, Never) { UsesCache = cached }));
    }

    /// <summary>What a model adds to each prompt.</summary>
    public static IReadOnlyList<int[]> Texts(LanguageModel model, TokenBatch prompts, GenerationOptions options) =>
        TextGenerator.Continue(model, prompts, options, TestContext.Current.CancellationToken);

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
