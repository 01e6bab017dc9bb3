namespace Das.Models.Generation;

/// <summary>A row that is being continued.</summary>
internal sealed class Writing
{
    private readonly List<int> tokens = [];
    private readonly GenerationOptions options;
    private readonly SplitMix64 drawn;
    private int most;

    private Writing(GenerationOptions options, ulong seed) => (this.options, drawn, most) = (options, new(seed), options.MaxNewTokens);

    /// <summary>So far, without the end.</summary>
    public int[] Tokens => [.. tokens];

    /// <summary>The newest token; of a row without one any.</summary>
    public int Last => tokens.Count > 0 ? tokens[^1] : 0;

    public bool Ended { get; private set; }

    public static Writing[] Of(TokenBatch prompts, GenerationOptions options)
    {
        using Tensor ids = prompts.Ids.cpu().contiguous();
        long[] all = ids.data<long>().ToArray();
        int T = (int)prompts.Ids.shape[1];
        return [.. prompts.Lengths.Select((length, row) =>
            new Writing(options, all.AsSpan(row * T, length).ToArray()
            .Aggregate(SplitMix64.Mix(options.Seed), (seed, id) => SplitMix64.Mix(seed ^ (ulong)id))))];
    }

    /// <summary>There is room for so many more.</summary>
    public void LimitTo(int room)
    {
        most = Math.Min(most, room);
        Ended |= most <= 0;
    }

    /// <summary>The next token of every row that has not ended.</summary>
    /// <param name="rows">B rows.</param>
    /// <param name="logits">(B, V).</param>
    public static void Add(IReadOnlyList<Writing> rows, Tensor logits)
    {
        bool greedy = rows[0].options.Temperature == 0;
        using Tensor given = greedy ? logits.argmax(-1) : logits, host = given.cpu().contiguous();
        int V = (int)logits.shape[1];
        long[] likeliest = greedy ? host.data<long>().ToArray() : [];
        float[] all = greedy ? [] : host.data<float>().ToArray();
        for (int i = 0; i < rows.Count; i++)
            if (!rows[i].Ended) rows[i].Add(greedy ? (int)likeliest[i] : rows[i].Draw(all.AsSpan(i * V, V)));
    }

    private void Add(int token)
    {
        if (token != options.EndOfText) tokens.Add(token);
        Ended = token == options.EndOfText || tokens.Count >= most;
    }

    private int Draw(ReadOnlySpan<float> logits) =>
        Nucleus.Draw(Nucleus.Filter(Nucleus.Probabilities(logits, options.Temperature), options.TopP), (drawn.Next() >> 11) * (1.0 / (1L << 53)));
}
