using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Training.Objectives;

/// <summary>Masked language modelling: cross-entropy over the hidden words only.</summary>
public static class MlmObjective
{
    /// <summary>The label of a word that was not hidden.</summary>
    public const long Ignore = -100;

    /// <param name="logits">(B, T, vocabulary)</param>
    /// <param name="labels">(B, T), the hidden word or <see cref="Ignore"/>.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index: Ignore);
}
