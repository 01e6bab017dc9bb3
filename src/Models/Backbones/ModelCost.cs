namespace Das.Models.Backbones;

/// <summary>Parameters of a finished model.</summary>
/// <param name="Total">All that exist.</param>
/// <param name="Updated">Those that adapter training updates (method §2.5, §3.5).</param>
public sealed record ParameterCounts(long Total, long Updated);

/// <summary>Multiply-accumulates of one forward pass over one text and one image, and the parameters.</summary>
/// <remarks>
/// Counted are the products of linear layers, of patch convolutions and of attention (queries x keys, weights x values).
/// Counted is, as published, every token through every layer, though <c>Fuse</c> computes only those tokens of the last layers that a head reads.
/// Norms, activations, softmax, additions and the resizing of positions are not multiply-accumulates of that order and are left out.
/// </remarks>
/// <param name="Macs">Of this model, its skipped layers run as their replacements.</param>
/// <param name="MacsFull">Of the same model with in-layer adapters and nothing skipped.</param>
/// <param name="MacsBackbone">Of the pretrained network without any adapter.</param>
/// <param name="Parameters">Of this model.</param>
public sealed record ModelCost(long Macs, long MacsFull, long MacsBackbone, ParameterCounts Parameters);

/// <summary>Parameters and multiply-accumulates of the parts that backbones share.</summary>
public static class PartCost
{
    /// <summary>Of a bottleneck adapter on <paramref name="tokens"/> tokens.</summary>
    public static long AdapterMacs(long tokens, long D, long bottleneck) => 2 * tokens * D * bottleneck;

    /// <summary>Weights and biases of a square linear layer: a pooler.</summary>
    public static long PoolerParameters(long D) => (D * D) + D;

    /// <summary>Weights and biases of <c>linear(input, inner), norm, gelu, linear(inner, classes)</c>.</summary>
    public static long ClassifierParameters(long input, long inner, long classes) => (input * inner) + inner + (2 * inner) + (inner * classes) + classes;

    /// <summary>Weights and biases of the heads that adapter training updates.</summary>
    /// <param name="heads">Which exist.</param>
    /// <param name="D">Width of a stream.</param>
    /// <param name="F">Width of the pooled features.</param>
    public static long UpdatedHeadParameters(TaskHeads heads, long D, long F) =>
        (heads.VqaAnswers > 0 ? ClassifierParameters(F, 2 * D, heads.VqaAnswers) : 0)
        + (heads.Nlvr2 ? ClassifierParameters(2 * F, 2 * D, 2) : 0)
        + (heads.Snli ? ClassifierParameters(F, 2 * D, 3) : 0)
        + (heads.Rank ? F + 1 : 0);

    /// <summary>Weights and biases of the heads that adapter training leaves alone.</summary>
    public static long FrozenHeadParameters(TaskHeads heads, long D, long F, long vocabulary) =>
        (heads.Mlm ? (D * D) + (3 * D) + (D * vocabulary) + vocabulary : 0) + (heads.Itm ? (2 * F) + 2 : 0);

    /// <summary>Of the heads, per pass; the masked-language-model head reads every text token, the pair classifier half a pair.</summary>
    public static long HeadMacs(TaskHeads heads, long D, long F, long vocabulary, long textTokens) =>
        (heads.VqaAnswers > 0 ? (F * 2 * D) + (2 * D * heads.VqaAnswers) : 0)
        + (heads.Nlvr2 ? (F * 2 * D) + (2 * D) : 0)
        + (heads.Snli ? (F * 2 * D) + (2 * D * 3) : 0)
        + (heads.Rank ? F : 0)
        + (heads.Mlm ? textTokens * ((D * D) + (D * vocabulary)) : 0)
        + (heads.Itm ? 2 * F : 0);
}
