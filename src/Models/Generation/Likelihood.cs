using Das.Models.Decoders;

namespace Das.Models.Generation;

/// <summary>
/// The likelihood of given continuations under a model: multiple choice without generating, as EleutherAI's lm-evaluation-harness scores it
/// (https://github.com/EleutherAI/lm-evaluation-harness, <c>acc</c> and <c>acc_norm</c>).
/// </summary>
public static class Likelihood
{
    /// <summary>The logarithm of each option's probability after its prompt. A prompt is prefilled once for all of its options.</summary>
    /// <param name="model">Put into evaluation mode by the caller.</param>
    /// <param name="prompts">B prompts.</param>
    /// <param name="options">Of each prompt its continuations, of at least one token each.</param>
    /// <returns>Of each prompt its options' sums over their tokens, in nats.</returns>
    /// <exception cref="ArgumentException">An option has no token.</exception>
    public static IReadOnlyList<double[]> Of(LanguageModel model, TokenBatch prompts, IReadOnlyList<IReadOnlyList<int[]>> options)
    {
        if (options.Any(of => of.Any(option => option.Length == 0)))
            throw new ArgumentException("An option has no token, so its likelihood says nothing: leave it out.");
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int[][] texts = [.. options.SelectMany(of => of)];
        int[] prompt = [.. options.SelectMany((of, row) => of.Select(_ => row))];
        if (texts.Length == 0) return [.. options.Select(_ => Array.Empty<double>())];

        Sequence sequence = model.Assemble(prompts);
        int longest = texts.Max(text => text.Length);
        using KeyValueCache prefill = new(prompts.Lengths.Count, (int)sequence.Embeddings.shape[1] + longest);
        Tensor first = LastPosition.Logits(model, sequence, prefill).index_select(0, Longs(prompt.Select(row => (long)row)));   // (N, V)
        double[] sums = LogProbabilities(first, texts.Select(text => text[0]));
        if (longest > 1) AddRest(model, prefill, prompt, texts, longest, sums, prompts.Ids.device);

        int at = 0;
        return [.. options.Select(of => sums[at..(at += of.Count)])];

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), device: prompts.Ids.device);
    }

    /// <summary>The tokens after the first, each after those before it.</summary>
    private static void AddRest(LanguageModel model, KeyValueCache prefill, int[] prompt, int[][] texts, int longest, double[] sums, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using KeyValueCache cache = prefill.Select(prompt);
        Tensor ids = tensor(texts.SelectMany(text => Enumerable.Range(0, longest - 1).Select(t => t + 1 < text.Length ? (long)text[t] : 0)).ToArray(),
            texts.Length, longest - 1).to(device);
        Tensor hidden = model.Hidden(new(model.Embed(ids), [.. texts.Select(text => text.Length - 1)], null), cache).flatten(0, 1);

        (int Option, int Token, long Position)[] scored = [.. texts.SelectMany((text, i) => Enumerable.Range(1, text.Length - 1)
            .Select(t => (i, text[t], ((long)i * (longest - 1)) + t - 1)))];
        Tensor logits = model.Logits(hidden.index_select(0, tensor(scored.Select(w => w.Position).ToArray(), device: device)));
        double[] logProbabilities = LogProbabilities(logits, scored.Select(w => w.Token));
        for (int i = 0; i < scored.Length; i++) sums[scored[i].Option] += logProbabilities[i];
    }

    /// <summary>The logarithm of each row's token's probability.</summary>
    private static double[] LogProbabilities(Tensor logits, IEnumerable<int> tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor index = tensor(tokens.Select(token => (long)token).ToArray(), device: logits.device).unsqueeze(1);
        return [.. logits.log_softmax(-1).gather(1, index).squeeze(1).cpu().data<float>().Select(value => (double)value)];
    }
}
