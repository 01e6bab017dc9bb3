namespace Das.Training.Objectives;

/// <summary>Predicting each learnt token from those before it (method §4.3).</summary>
public static class LanguageObjective
{
    /// <summary>32 MB of them: less than malloc asks the system for anew each time.</summary>
    private const long LogitsAtOnce = 8 << 20;

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
        Tensor tokens = following.index_select(0, learnt);
        if (model.HeadLearns) return F.cross_entropy(model.Logits(predicting), tokens).MoveToOuterDisposeScope();

        Tensor losses = CrossEntropies(model, predicting, tokens, out Tensor? gradient);
        long count = losses.shape[0];
        gradient?.MoveToOuterDisposeScope();
        return Recomputed.Known(_ => losses.mean(), Gradient, predicting).MoveToOuterDisposeScope();

        Tensor Gradient(Tensor mean)
        {
            using Scalar divisor = count.ToScalar();
            return gradient!.mul(mean.div(divisor));
        }
    }

    /// <summary>
    /// What each token costs. libtorch's cross-entropy goes over logits some ten times, which are the largest tensor of a step; here a part of them exists
    /// at a time and becomes its own gradient, and nothing of them is kept for the backward pass.
    /// </summary>
    /// <param name="model">With a frozen head.</param>
    /// <param name="hidden">(M, D).</param>
    /// <param name="tokens">(M).</param>
    /// <param name="gradient">(M, D), of their sum; null where nothing learns.</param>
    /// <returns>(M, 1).</returns>
    private static Tensor CrossEntropies(LanguageModel model, Tensor hidden, Tensor tokens, out Tensor? gradient)
    {
        bool learns = is_grad_enabled() && hidden.requires_grad;
        long M = hidden.shape[0], together = Math.Max(1, LogitsAtOnce / model.VocabularySize);
        Tensor losses = empty([M, 1], device: hidden.device);
        gradient = learns ? empty_like(hidden) : null;
        for (long first = 0; first < M; first += together)
        {
            using DisposeScope scope = NewDisposeScope();
            long rows = Math.Min(together, M - first);
            Tensor some = hidden.narrow(0, first, rows).detach().requires_grad_(learns), logits = model.Logits(some);
            using IDisposable frozen = no_grad();
            Tensor values = logits.detach(), token = tokens.narrow(0, first, rows).unsqueeze(1);
            Tensor top = values.amax([1], keepdim: true), right = values.gather(1, token), sum = values.sub_(top).exp_().sum([1], keepdim: true);
            losses.narrow(0, first, rows).copy_(sum.log().Plus(top).sub(right));
            if (!learns) continue;
            values.div_(sum).scatter_add_(1, token, full([rows, 1], Scalars.Of(-1.0), device: values.device));
            autograd.backward([logits], [values]);
            gradient!.narrow(0, first, rows).copy_(some.grad!);
        }
        return losses;
    }
}
