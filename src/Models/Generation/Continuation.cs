using Das.Models.Decoders;

namespace Das.Models.Generation;

/// <summary>The tokens generated after one row's prompt.</summary>
internal sealed class Continuation
{
    private readonly List<int> tokens = [];
    private readonly GenerationOptions options;
    private readonly SplitMix64 random;
    private int maxTokens;

    private Continuation(GenerationOptions options, ulong seed) => (this.options, random, maxTokens) = (options, new(seed), options.MaxNewTokens);

    /// <summary>Without the end token.</summary>
    public int[] Tokens => [.. tokens];

    /// <summary>The newest token; 0 before the first.</summary>
    public int Last => tokens.Count > 0 ? tokens[^1] : 0;

    public bool Ended { get; private set; }

    public static Continuation[] Of(TokenBatch prompts, GenerationOptions options)
    {
        using Tensor ids = prompts.Ids.cpu().contiguous();
        long[] all = ids.data<long>().ToArray();
        int T = (int)prompts.Ids.shape[1];
        return [.. prompts.Lengths.Select((length, row) =>
            new Continuation(options, all.AsSpan(row * T, length).ToArray()
            .Aggregate(SplitMix64.Mix(options.Seed), (seed, id) => SplitMix64.Mix(seed ^ (ulong)id))))];
    }

    /// <summary>Ends it after so many tokens at the latest.</summary>
    public void LimitTo(int room)
    {
        maxTokens = Math.Min(maxTokens, room);
        Ended |= maxTokens <= 0;
    }

    /// <summary>Adds the next token to every row that has not ended.</summary>
    /// <param name="rows">B rows.</param>
    /// <param name="logits">(B, V).</param>
    public static void Add(IReadOnlyList<Continuation> rows, Tensor logits)
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
        Ended = token == options.EndOfText || tokens.Count >= maxTokens;
    }

    private int Draw(ReadOnlySpan<float> logits) =>
        Nucleus.Draw(Nucleus.Filter(Nucleus.Probabilities(logits, options.Temperature), options.TopP), (random.Next() >> 11) * (1.0 / (1L << 53)));
}
