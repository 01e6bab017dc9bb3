namespace Das.Training.Objectives;

/// <summary>Masked language modelling: say the word pieces that were hidden.</summary>
public static class MlmObjective
{
    /// <summary>The label of a token that was not hidden.</summary>
    public const int NotMasked = -100;

    /// <summary>Mean cross-entropy over the hidden tokens.</summary>
    /// <param name="logits">(…, V).</param>
    /// <param name="labels">(…): the hidden word piece, or <see cref="NotMasked"/>.</param>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return F.cross_entropy(logits.reshape(-1, logits.shape[^1]), labels.reshape(-1), ignore_index: NotMasked).MoveToOuterDisposeScope();
    }
}
