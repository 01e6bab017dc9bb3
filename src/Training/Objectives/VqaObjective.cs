namespace Das.Training.Objectives;

/// <summary>Visual question answering as soft multi-label classification (method §2.4).</summary>
public static class VqaObjective
{
    /// <summary>Soft targets: each listed answer gets its score, all others 0.</summary>
    /// <param name="labels">Per sample the answers people gave, as vocabulary indices.</param>
    /// <param name="scores">Per sample the score of each of those answers, 0 to 1.</param>
    /// <param name="answers">V, the size of the answer vocabulary.</param>
    /// <param name="device">Where the result lies.</param>
    /// <returns>(B, V) float32.</returns>
    /// <exception cref="ArgumentException">A sample has not as many scores as labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside the vocabulary.</exception>
    public static Tensor Targets(IReadOnlyList<IReadOnlyList<int>> labels, IReadOnlyList<IReadOnlyList<float>> scores, int answers, Device? device = null)
    {
        float[] targets = new float[labels.Count * answers];
        for (int b = 0; b < labels.Count; b++)
        {
            if (labels[b].Count != scores[b].Count) throw new ArgumentException($"Sample {b} has {labels[b].Count} labels but {scores[b].Count} scores.");
            for (int i = 0; i < labels[b].Count; i++)
            {
                int label = labels[b][i];
                if (label < 0 || label >= answers)
                    throw new ArgumentOutOfRangeException(nameof(labels), $"Label {label} of sample {b} is outside the {answers} answers.");
                targets[(b * answers) + label] = scores[b][i];
            }
        }
        return tensor(targets, labels.Count, answers, device: device);
    }

    /// <summary>Mean binary cross-entropy times V: the loss of a sample is the sum over answers.</summary>
    /// <param name="logits">(B, V).</param>
    /// <param name="targets">(B, V).</param>
    public static Tensor Loss(Tensor logits, Tensor targets)
    {
        using Tensor mean = F.binary_cross_entropy_with_logits(logits, targets);
        return mean.Times(logits.shape[1]);
    }
}
