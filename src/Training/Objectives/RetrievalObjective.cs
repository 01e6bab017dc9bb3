namespace Das.Training.Objectives;

/// <summary>Image-text retrieval: the right text of an image against texts drawn from the whole set (method §2.4).</summary>
public static class RetrievalObjective
{
    /// <summary>Mean cross-entropy of the first text of each row.</summary>
    /// <param name="scores">(B, 1+n): the right text, then the drawn ones.</param>
    public static Tensor Loss(Tensor scores)
    {
        using DisposeScope scope = NewDisposeScope();
        return F.cross_entropy(scores, zeros(scores.shape[0], dtype: ScalarType.Int64, device: scores.device)).MoveToOuterDisposeScope();
    }
}
