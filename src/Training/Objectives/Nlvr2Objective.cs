namespace Das.Training.Objectives;

/// <summary>Is the sentence true of the pair of images? (method §2.4)</summary>
public static class Nlvr2Objective
{
    /// <summary>Mean cross-entropy.</summary>
    /// <param name="logits">(B, 2): false, true.</param>
    /// <param name="labels">(B) integers: 1 where the sentence is true, else 0.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => F.cross_entropy(logits, labels);
}
