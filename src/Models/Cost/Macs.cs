using Das.Models.Adapters;
using Das.Models.Backbones;
using Das.Models.Skipping;

namespace Das.Models.Cost;

/// <summary>Parameters of a finished model.</summary>
/// <param name="Total">All that exist.</param>
/// <param name="Updated">Those that adapter training updates (spec §2.5).</param>
public sealed record ParameterCounts(long Total, long Updated);

/// <summary>What a ViLT costs, from its sizes alone: multiply-accumulates of one sample and parameters.</summary>
/// <remarks>
/// Counted are the products of linear layers, of the patch convolution and of attention (queries x keys, weights x values).
/// Norms, activations, softmax, additions and the resizing of positions are not multiply-accumulates of that order and are left out.
/// </remarks>
public static class Macs
{
    /// <summary>Multiply-accumulates of one sample's forward pass.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="textTokens">T.</param>
    /// <param name="imageTokens">N = 1 + patches.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="heads">Heads that are run; MLM reads every text token.</param>
    /// <param name="clsOnly">Of <see cref="Vilt.EncodeCls"/> instead of <see cref="Vilt.Encode"/>.</param>
    public static long Forward(ViltConfig config, int textTokens, int imageTokens, SkipMask skipped, ViltHeads heads, bool clsOnly = false)
    {
        skipped.ThrowIfOutside(config.NumLayers);
        long D = config.HiddenSize, S = textTokens + imageTokens;
        int last = Enumerable.Range(0, config.NumLayers).LastOrDefault(i => !skipped.Contains(i), -1);
        long macs = (imageTokens - 1) * 3L * config.PatchSize * config.PatchSize * D;
        for (int i = 0; i < config.NumLayers; i++)
        {
            long wanted = clsOnly && i >= last ? 1 : S;
            macs += skipped.Contains(i) ? AdapterMacs(wanted, D, config.ReplacementBottleneck) : Block(config, S, wanted);
        }
        return macs + (D * D) + HeadsOf(D, heads, config.VocabSize, textTokens);
    }

    /// <summary>Multiply-accumulates of one block, in-layer adapters included.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="S">Tokens.</param>
    /// <param name="wanted">Tokens whose result is computed; all tokens serve as keys and values.</param>
    public static long Block(ViltConfig config, long S, long wanted)
    {
        long D = config.HiddenSize;
        long attention = (wanted * D * D) + (S * D * 2 * D) + (2 * wanted * S * D) + (wanted * D * D);
        long mlp = 2 * wanted * D * config.MlpRatio * D;
        return attention + mlp + (2 * AdapterMacs(wanted, D, config.InLayerBottleneck));
    }

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that exist.</param>
    /// <param name="removed">Layers whose block does not exist.</param>
    public static ParameterCounts Parameters(ViltConfig config, ViltHeads heads, SkipMask removed)
    {
        removed.ThrowIfOutside(config.NumLayers);
        long D = config.HiddenSize, V = config.VocabSize, P = config.PatchSize, M = config.MlpRatio;
        long text = (V * D) + (config.MaxTextLength * D) + (2 * D);
        long image = D + ((1 + ((long)config.Grid * config.Grid)) * D) + (3 * P * P * D) + D;
        long block = (2 * 2 * D) + (4 * D * D) + (4 * D) + (2 * M * D * D) + (M * D) + D;
        long types = (2 * D) + (config.TokenTypes * D);
        long vqa = heads.VqaAnswers == 0 ? 0 : VqaHead(D, heads.VqaAnswers);
        long mlm = heads.Mlm ? (D * D) + (3 * D) + (D * V) + V : 0;
        long itm = heads.Itm ? (2 * D) + 2 : 0;

        long updated = Adapters(config, removed) + Pooler(D) + types + vqa;
        return new(updated + text + image + ((config.NumLayers - removed.Count) * block) + (2 * D) + mlm + itm, updated);
    }

    /// <summary>Adapters of a finished model: two in every kept layer, one in place of every removed one.</summary>
    public static long Adapters(ViltConfig config, SkipMask removed)
    {
        removed.ThrowIfOutside(config.NumLayers);
        return ((config.NumLayers - removed.Count) * 2 * Adapter.ParameterCount(config.HiddenSize, config.InLayerBottleneck))
            + (removed.Count * Adapter.ParameterCount(config.HiddenSize, config.ReplacementBottleneck));
    }

    /// <summary>Weights and biases of the pooler: one square linear layer.</summary>
    public static long Pooler(long D) => (D * D) + D;

    /// <summary>Weights and biases of <c>linear(D, 2D), norm, gelu, linear(2D, answers)</c>.</summary>
    public static long VqaHead(long D, long answers) => (D * 2 * D) + (2 * D) + (2 * 2 * D) + (2 * D * answers) + answers;

    private static long AdapterMacs(long S, long D, long bottleneck) => 2 * S * D * bottleneck;

    private static long HeadsOf(long D, ViltHeads heads, long vocabulary, long textTokens) =>
        (heads.VqaAnswers == 0 ? 0 : (D * 2 * D) + (2 * D * heads.VqaAnswers))
        + (heads.Mlm ? textTokens * ((D * D) + (D * vocabulary)) : 0)
        + (heads.Itm ? 2 * D : 0);
}
