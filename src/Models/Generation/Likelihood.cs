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
        using KeyValueCache prefill = new(prompts.Lengths.Count, (int)sequence.Embeddings.shape[1] + texts.Max(text => text.Length));
        double[] sums = LogProbabilities(LastPosition.Logits(model, sequence, prefill), prompt, texts.Select(text => text[0]));
        // Options of one length share a pass, without padding, as many as there are prompts: so they hold no more memory than those.
        foreach (int[] pass in Enumerable.Range(0, texts.Length).Where(i => texts[i].Length > 1).GroupBy(i => texts[i].Length).OrderBy(of => of.Key)
            .SelectMany(of => of.Chunk(prompts.Lengths.Count)))
            AddRest(model, prefill, prompt, texts, pass, sums, prompts.Ids.device);

        int at = 0;
        return [.. options.Select(of => sums[at..(at += of.Count)])];
    }

    /// <summary>The tokens after the first, each after those before it, of some texts of one length.</summary>
    private static void AddRest(LanguageModel model, KeyValueCache prefill, int[] prompt, int[][] texts, int[] pass, double[] sums, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using KeyValueCache cache = prefill.Select([.. pass.Select(i => prompt[i])]);
        int rest = texts[pass[0]].Length - 1;
        Tensor ids = tensor(pass.SelectMany(i => texts[i][..rest]).Select(id => (long)id).ToArray(), pass.Length, rest).to(device);
        Tensor hidden = model.Hidden(new(model.Embed(ids), [.. pass.Select(_ => rest)], null), cache);
        double[] each = LogProbabilities(model.Logits(hidden.flatten(0, 1)), [.. Enumerable.Range(0, pass.Length * rest)],
            pass.SelectMany(i => texts[i][1..]));
        for (int i = 0; i < each.Length; i++) sums[pass[i / rest]] += each[i];
    }

    /// <summary>The logarithm of tokens' probabilities.</summary>
    /// <param name="logits">(N, V).</param>
    /// <param name="rows">Of each token its row of the logits.</param>
    /// <param name="tokens">As many.</param>
    private static double[] LogProbabilities(Tensor logits, IReadOnlyList<int> rows, IEnumerable<int> tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        long V = logits.shape[1];
        Tensor places = tensor(rows.Zip(tokens, (row, token) => (row * V) + token).ToArray(), device: logits.device);
        return [.. logits.log_softmax(-1).flatten().index_select(0, places).cpu().data<float>().Select(value => (double)value)];
    }
}
