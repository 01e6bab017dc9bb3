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
    public static IReadOnlyList<int[]> Continue(LanguageModel model, TokenBatch prompts, GenerationOptions options, CancellationToken cancellation = default)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Continuation[] rows = Continuation.Of(prompts, options);
        if (options.MaxNewTokens <= 0) return [.. rows.Select(row => row.Tokens)];
        if (options.UsesCache) WithCache(model, prompts, rows, options, cancellation);
        else WithoutCache(model, prompts, rows, cancellation);
        return [.. rows.Select(row => row.Tokens)];
    }

    private static void WithCache(LanguageModel model, TokenBatch prompts, Continuation[] rows, GenerationOptions options, CancellationToken cancellation)
    {
        Sequence sequence = model.Assemble(prompts);
        KeyValueCache cache = new(rows.Length, Math.Min(model.MaxLength, (int)sequence.Embeddings.shape[1] + options.MaxNewTokens));
        try
        {
            Continuation[] active = rows; // the cache's rows, some of which may have ended
            Tensor logits = LastPosition.Logits(model, sequence, cache);
            for (int i = 0; i < rows.Length; i++) rows[i].LimitTo(model.MaxLength - sequence.Lengths[i]);
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope step = NewDisposeScope();
                Continuation.Add(active, logits);
                logits.Dispose();
                int[] unfinished = [.. Enumerable.Range(0, active.Length).Where(i => !active[i].Ended)];
                if (unfinished.Length == 0) return;
                if (unfinished.Length <= active.Length / 2)
                {
                    KeyValueCache selected = cache.Select(unfinished);
                    cache.Dispose();
                    (cache, active) = (selected, [.. unfinished.Select(i => active[i])]);
                }
                Tensor ids = tensor(active.Select(row => (long)row.Last).ToArray(), active.Length, 1).to(prompts.Ids.device);
                Sequence next = new(model.Embed(ids), [.. active.Select(row => row.Ended ? 0 : 1)], null);
                using Tensor hidden = model.Hidden(next, cache);
                logits = model.Logits(hidden.select(1, 0)).MoveToOuterDisposeScope();
            }
        }
        finally
        {
            cache.Dispose();
        }
    }

    private static void WithoutCache(LanguageModel model, TokenBatch prompts, Continuation[] rows, CancellationToken cancellation)
    {
        bool first = true;
        while (rows.Any(row => !row.Ended))
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            Sequence sequence = model.Assemble(Continued(prompts, rows));
            if (first)
                for (int i = 0; i < rows.Length; i++) rows[i].LimitTo(model.MaxLength - sequence.Lengths[i]);
            first = false;
            Continuation.Add(rows, LastPosition.Logits(model, sequence));
        }
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
