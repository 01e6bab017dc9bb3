namespace Das.Models.Generation;

/// <summary>Texts continued token by token. A row is the same whatever rows are beside it, and with the past kept or not.</summary>
public static class TextGenerator
{
    /// <summary>What a model adds to each prompt, under its current mask and mode.</summary>
    /// <param name="model">Put into evaluation mode by the caller.</param>
    /// <param name="prompts">B prompts, of different length and with images where they have any.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Takes effect between two tokens.</param>
    /// <returns>The new tokens of each row, without the end; none where the prompt leaves no room within the model's longest sequence.</returns>
    public static IReadOnlyList<int[]> Continue(LanguageModel model, TokenBatch prompts, GenerationOptions options, CancellationToken cancellation = default)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Writing[] rows = Writing.Of(prompts, options);
        if (options.MaxNewTokens <= 0) return [.. rows.Select(row => row.Tokens)];
        if (options.UsesCache) FromCache(model, prompts, rows, options, cancellation);
        else FromTheBeginning(model, prompts, rows, cancellation);
        return [.. rows.Select(row => row.Tokens)];
    }

    private static void FromCache(LanguageModel model, TokenBatch prompts, Writing[] rows, GenerationOptions options, CancellationToken cancellation)
    {
        Sequence sequence = model.Assemble(prompts);
        KeyValueCache cache = new(rows.Length, Math.Min(model.MaxLength, (int)sequence.Embeddings.shape[1] + options.MaxNewTokens));
        try
        {
            Writing[] present = rows; // those whose past the cache has, some of which may have ended
            Tensor logits = LastPosition.Logits(model, sequence, cache);
            for (int i = 0; i < rows.Length; i++) rows[i].LimitTo(model.MaxLength - sequence.Lengths[i]);
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope step = NewDisposeScope();
                Writing.Add(present, logits);
                logits.Dispose();
                int[] going = [.. Enumerable.Range(0, present.Length).Where(i => !present[i].Ended)];
                if (going.Length == 0) return;
                if (going.Length <= present.Length / 2)
                {
                    KeyValueCache fewer = cache.Select(going);
                    cache.Dispose();
                    (cache, present) = (fewer, [.. going.Select(i => present[i])]);
                }
                Tensor ids = tensor(present.Select(row => (long)row.Last).ToArray(), present.Length, 1).to(prompts.Ids.device);
                Sequence next = new(model.Embed(ids), [.. present.Select(row => row.Ended ? 0 : 1)], null);
                using Tensor hidden = model.Hidden(next, cache);
                logits = model.Logits(hidden.select(1, 0)).MoveToOuterDisposeScope();
            }
        }
        finally
        {
            cache.Dispose();
        }
    }

    private static void FromTheBeginning(LanguageModel model, TokenBatch prompts, Writing[] rows, CancellationToken cancellation)
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
            Writing.Add(rows, LastPosition.Logits(model, sequence));
        }
    }

    private static TokenBatch Continued(TokenBatch prompts, Writing[] rows)
    {
        long[][] texts = [.. rows.Select((row, i) => prompts.Ids[i].narrow(0, 0, prompts.Lengths[i]).cpu().data<long>()
            .Concat(row.Tokens.Select(token => (long)token)).ToArray())];
        int T = texts.Max(text => text.Length);
        Tensor ids = tensor(texts.SelectMany(text => text.Concat(Enumerable.Repeat(0L, T - text.Length))).ToArray(), texts.Length, T).to(prompts.Ids.device);
        return prompts with { Ids = ids, Lengths = [.. texts.Select(text => text.Length)], Labels = null };
    }
}
