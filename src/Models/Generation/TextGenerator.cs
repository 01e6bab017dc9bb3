using Das.Models.Decoders;

namespace Das.Models.Generation;

/// <summary>Texts continued token by token. A row is the same whatever rows are beside it, and with a KV cache or without.</summary>
public static class TextGenerator
{
    /// <summary>The tokens that a model generates after each prompt, under its current skip mask and mode.</summary>
    /// <param name="model">Put into evaluation mode by the caller.</param>
    /// <param name="prompts">B prompts, of different length and with images where they have any.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Takes effect between two tokens.</param>
    /// <returns>The new tokens of each row, without the end; none where the prompt leaves no room within the model's longest sequence.</returns>
    public static IReadOnlyList<int[]> Continue(LanguageModel model, TokenBatch prompts, GenerationOptions options, CancellationToken cancellation = default) =>
        Continue(model, prompts.Lengths.Count, prompts.Lengths.Count, (_, _) => prompts, options, cancellation);

    /// <summary>The same of more prompts than are continued at once: texts that have ended make room for the next prompts.</summary>
    /// <param name="model">Put into evaluation mode by the caller.</param>
    /// <param name="prompts">How many there are.</param>
    /// <param name="width">Texts continued at once.</param>
    /// <param name="batch">The prompts from the given one on, as many as given; asked for in order.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Takes effect between two tokens.</param>
    /// <returns>As of one batch, in the prompts' order.</returns>
    public static IReadOnlyList<int[]> Continue(LanguageModel model, int prompts, int width, Func<int, int, TokenBatch> batch, GenerationOptions options,
        CancellationToken cancellation = default)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (options.MaxNewTokens <= 0) return [.. Enumerable.Repeat(Array.Empty<int>(), prompts)];
        List<Continuation> rows = options.UsesCache
            ? WithCache(model, prompts, width, batch, options, cancellation)
            : [.. Enumerable.Range(0, prompts).Chunk(width).SelectMany(part => WithoutCache(model, batch(part[0], part.Length), options, cancellation))];
        return [.. rows.Select(row => row.Tokens)];
    }

    private static List<Continuation> WithCache(LanguageModel model, int prompts, int width, Func<int, int, TokenBatch> batch, GenerationOptions options,
        CancellationToken cancellation)
    {
        List<Continuation> begun = [];
        Continuation[] active = []; // the cache's rows, some of which may have ended
        KeyValueCache cache = new(0, capacity: 0);
        Device device = CPU;
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope step = NewDisposeScope();
                int[] unfinished = [.. Enumerable.Range(0, active.Length).Where(i => !active[i].Ended)];
                int waiting = prompts - begun.Count, room = width - unfinished.Length;
                bool fills = waiting > 0 && room >= Math.Max(1, width / 4);
                if (!fills && unfinished.Length == 0) return begun;
                if (fills || unfinished.Length <= active.Length / 2)
                {
                    KeyValueCache selected = cache.Select(unfinished);
                    cache.Dispose();
                    (cache, active) = (selected, [.. unfinished.Select(i => active[i])]);
                }
                if (fills)
                {
                    TokenBatch next = batch(begun.Count, Math.Min(room, waiting));
                    Continuation[] rows = Continuation.Of(next, options);
                    Sequence sequence = model.Assemble(next);
                    using KeyValueCache prefill = new(rows.Length, Math.Min(model.MaxLength, (int)sequence.Embeddings.shape[1] + options.MaxNewTokens));
                    Begin(rows, sequence, model.MaxLength, LastPosition.Logits(model, sequence, prefill));
                    cache.Append(prefill);
                    begun.AddRange(rows);
                    (active, device) = ([.. active, .. rows], next.Ids.device);
                    continue;
                }
                Tensor ids = tensor(active.Select(row => (long)row.Last).ToArray(), active.Length, 1).to(device);
                Sequence last = new(model.Embed(ids), [.. active.Select(row => row.Ended ? 0 : 1)], null);
                Continuation.Add(active, model.Logits(model.Hidden(last, cache).select(1, 0)));
            }
        }
        finally
        {
            cache.Dispose();
        }
    }

    private static void Begin(Continuation[] rows, Sequence prompts, int maxLength, Tensor logits)
    {
        for (int i = 0; i < rows.Length; i++) rows[i].LimitTo(maxLength - prompts.Lengths[i]);
        Continuation.Add(rows, logits);
    }

    private static Continuation[] WithoutCache(LanguageModel model, TokenBatch prompts, GenerationOptions options, CancellationToken cancellation)
    {
        Continuation[] rows = Continuation.Of(prompts, options);
        using (DisposeScope step = NewDisposeScope())
        {
            Sequence sequence = model.Assemble(prompts);
            Begin(rows, sequence, model.MaxLength, LastPosition.Logits(model, sequence));
        }
        while (rows.Any(row => !row.Ended))
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            Continuation.Add(rows, LastPosition.Logits(model, model.Assemble(Continued(prompts, rows))));
        }
        return rows;
    }

    private static TokenBatch Continued(TokenBatch prompts, Continuation[] rows)
    {
        long[][] texts = [.. rows.Select((row, i) => prompts.Ids[i].narrow(0, 0, prompts.Lengths[i]).cpu().data<long>()
            .Concat(row.Tokens.Select(token => (long)token)).ToArray())];
        int T = texts.Max(text => text.Length);
        Tensor ids = tensor(texts.SelectMany(text => text.Concat(Enumerable.Repeat(0L, T - text.Length))).ToArray(), texts.Length, T).to(prompts.Ids.device);
        return prompts with { Ids = ids, Lengths = [.. texts.Select(text => text.Length)], Labels = null };
    }
}
