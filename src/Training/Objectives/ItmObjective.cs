using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Training.Objectives;

/// <summary>Image-text matching: cross-entropy of (mismatch, match).</summary>
public static class ItmObjective
{
    /// <param name="logits">(B, 2)</param>
    /// <param name="labels">(B), 1 where text and image belong together.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels);
}
