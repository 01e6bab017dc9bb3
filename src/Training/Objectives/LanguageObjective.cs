using Das.Models.Backbones;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Das.Training.Objectives;

/// <summary>Predicting each learnt token from those before it (spec §4.3).</summary>
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
        Tensor hidden = model.Hidden(sequence);
        return F.cross_entropy(model.Logits(Predicting(hidden, sequence.Labels!)), Learnt(sequence.Labels!)).MoveToOuterDisposeScope();
    }

    /// <summary>The states that predict a learnt token.</summary>
    /// <param name="hidden">(B, S, D).</param>
    /// <param name="labels">(B, S).</param>
    /// <returns>(M, D), row by row.</returns>
    private static Tensor Predicting(Tensor hidden, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor before = hidden.narrow(1, 0, hidden.shape[1] - 1).flatten(0, 1);
        return before.index_select(0, Positions(labels)).MoveToOuterDisposeScope();
    }

    private static Tensor Learnt(Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return Following(labels).index_select(0, Positions(labels)).MoveToOuterDisposeScope();
    }

    private static Tensor Positions(Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor ignored = tensor(TokenBatch.Ignored, device: labels.device);
        return Following(labels).ne(ignored).nonzero().squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>The token after each position but the last.</summary>
    private static Tensor Following(Tensor labels) => labels.narrow(1, 1, labels.shape[1] - 1).flatten();
}
