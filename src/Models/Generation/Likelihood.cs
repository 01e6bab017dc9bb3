namespace Das.Models.Generation;

/// <summary>
/// How likely a model finds given continuations: multiple choice without generating, as EleutherAI's lm-evaluation-harness scores it
/// (https://github.com/EleutherAI/lm-evaluation-harness, <c>acc</c> and <c>acc_norm</c>).
/// </summary>
public static class Likelihood
{
    /// <summary>The logarithm of each option's probability after its prompt. A prompt is read once for all of its options.</summary>
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
        using KeyValueCache read = new(prompts.Lengths.Count, (int)sequence.Embeddings.shape[1] + longest);
        Tensor first = LastPosition.Logits(model, sequence, read).index_select(0, Longs(prompt.Select(row => (long)row)));   // (N, V)
        double[] sums = Chosen(first, texts.Select(text => text[0]));
        if (longest > 1) AddFollowing(model, read, prompt, texts, longest, sums, prompts.Ids.device);

        int at = 0;
        return [.. options.Select(of => sums[at..(at += of.Count)])];

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), device: prompts.Ids.device);
    }

    /// <summary>The tokens after the first, each after those before it.</summary>
    private static void AddFollowing(LanguageModel model, KeyValueCache read, int[] prompt, int[][] texts, int longest, double[] sums, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using KeyValueCache cache = read.Select(prompt);
        Tensor ids = tensor(texts.SelectMany(text => Enumerable.Range(0, longest - 1).Select(t => t + 1 < text.Length ? (long)text[t] : 0)).ToArray(),
            texts.Length, longest - 1).to(device);
        Tensor hidden = model.Hidden(new(model.Embed(ids), [.. texts.Select(text => text.Length - 1)], null), cache).flatten(0, 1);

        (int Option, int Token, long Place)[] wanted = [.. texts.SelectMany((text, i) => Enumerable.Range(1, text.Length - 1)
            .Select(t => (i, text[t], ((long)i * (longest - 1)) + t - 1)))];
        Tensor logits = model.Logits(hidden.index_select(0, tensor(wanted.Select(w => w.Place).ToArray(), device: device)));
        double[] chosen = Chosen(logits, wanted.Select(w => w.Token));
        for (int i = 0; i < wanted.Length; i++) sums[wanted[i].Option] += chosen[i];
    }

    /// <summary>The logarithm of each row's token's probability.</summary>
    private static double[] Chosen(Tensor logits, IEnumerable<int> tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor index = tensor(tokens.Select(token => (long)token).ToArray(), device: logits.device).unsqueeze(1);
        return [.. logits.log_softmax(-1).gather(1, index).squeeze(1).cpu().data<float>().Select(value => (double)value)];
    }
}
