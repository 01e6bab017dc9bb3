using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Training.Objectives;

/// <summary>Question answering as V independent yes-or-no questions with soft targets (spec §2.4).</summary>
public static class VqaObjective
{
    /// <summary>Soft targets (B, V): each listed answer's score, 0 elsewhere.</summary>
    /// <exception cref="ArgumentException">A label is not in 0 .. V-1.</exception>
    public static Tensor Targets(IReadOnlyList<IReadOnlyList<int>> labels, IReadOnlyList<IReadOnlyList<float>> scores, int answers)
    {
        float[] targets = new float[labels.Count * answers];
        for (int b = 0; b < labels.Count; b++)
            for (int k = 0; k < labels[b].Count; k++)
            {
                int label = labels[b][k];
                if (label < 0 || label >= answers) throw new ArgumentException($"Answer label {label} of sample {b} is not among the {answers} answers.", nameof(labels));
                targets[b * answers + label] = scores[b][k];
            }
        return tensor(targets, labels.Count, answers);
    }

    /// <summary>Mean binary cross-entropy over (B, V), times V: a scalar.</summary>
    public static Tensor Loss(Tensor logits, Tensor targets) => functional.binary_cross_entropy_with_logits(logits, targets) * targets.shape[1];
}
