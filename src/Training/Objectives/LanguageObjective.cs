namespace Das.Training.Objectives;

/// <summary>Predicting each learnt token from those before it (method §4.3).</summary>
public static class LanguageObjective
{
    /// <summary>
    /// Mean cross-entropy over the learnt tokens of the whole batch; NaN where none is learnt. The vocabulary's logits are computed only
    /// for positions that predict one.
    /// </summary>
    /// <param name="model">Under its current mask.</param>
    /// <param name="batch">With labels.</param>
    public static Tensor Loss(LanguageModel model, TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequence sequence = model.Assemble(batch);
        Tensor hidden = model.Hidden(sequence), labels = sequence.Labels!;
        long before = hidden.shape[1] - 1;
        using Tensor ignored = tensor(TokenBatch.Ignored, device: labels.device);
        Tensor following = labels.narrow(1, 1, before).flatten();
        Tensor learnt = following.ne(ignored).nonzero().squeeze(1); // positions whose following token is learnt
        Tensor predicting = hidden.narrow(1, 0, before).flatten(0, 1).index_select(0, learnt); // (M, D), row by row
        return F.cross_entropy(model.Logits(predicting), following.index_select(0, learnt)).MoveToOuterDisposeScope();
    }
}
