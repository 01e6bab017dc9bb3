namespace Das.Training.Objectives;

/// <summary>Image-text matching: does the image belong to the text?</summary>
public static class ItmObjective
{
    /// <summary>Weight of <see cref="WordPatchAlignment"/> beside <see cref="Loss"/> (ViLT §3.2).</summary>
    public const double AlignmentWeight = 0.1;

    private const double Beta = 0.5;   // how far each proximal step may move the plan
    private const int Iterations = 50; // ViLT's choice; UNITER's too
    private const double Never = 1e4;  // a marginal's divisor on padding: its scaling becomes nil
    private const double NormEpsilon = 1e-5;

    /// <summary>Mean cross-entropy.</summary>
    /// <param name="logits">(B, 2).</param>
    /// <param name="labels">(B) integers: 1 where image and text belong together, else 0.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => F.cross_entropy(logits, labels);

    /// <summary>
    /// Word-patch alignment: the cost of moving words onto patches, mean over matching pairs and subtracted for others
    /// (ViLT §3.2 after UNITER; the plan by IPOT, Xie et al., https://arxiv.org/abs/1802.04307, algorithm 1). Not weighted.
    /// </summary>
    /// <param name="text">(B, T, D) text features.</param>
    /// <param name="textValid">(B, T) booleans; the first and the last valid token ([CLS], [SEP]) take no part.</param>
    /// <param name="image">(B, N, D) image features, class token first; it takes no part.</param>
    /// <param name="imageValid">(B, N) booleans.</param>
    /// <param name="labels">(B) integers.</param>
    public static Tensor WordPatchAlignment(Tensor text, Tensor textValid, Tensor image, Tensor imageValid, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor words = textValid.clone(), patches = imageValid.clone();
        using Tensor separator = textValid.sum(1, keepdim: true).sub_(Scalars.One);
        words.scatter_(1, separator, zeros_like(separator).to_type(ScalarType.Bool));
        words.narrow(1, 0, 1).zero_();
        patches.narrow(1, 0, 1).zero_();

        Tensor pairs = words.unsqueeze(2).logical_and(patches.unsqueeze(1));            // (B, T, N)
        Tensor cosine = Unit(text).bmm(Unit(image).transpose(1, 2));
        Tensor cost = cosine.neg().Plus_(1).masked_fill(pairs.logical_not(), Scalars.Of(0L));
        Tensor distance = cost.mul(Plan(cost.detach(), words, patches, pairs)).sum([1, 2]); // (B)
        Tensor sign = labels.to_type(distance.dtype).Times_(2).Plus_(-1);
        return distance.mul(sign).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The transport plan between uniform marginals over words and patches.</summary>
    /// <returns>(B, T, N), zero on padding.</returns>
    private static Tensor Plan(Tensor cost, Tensor words, Tensor patches, Tensor pairs)
    {
        using IDisposable frozen = no_grad();
        ScalarType type = cost.dtype;
        Tensor kernel = cost.Times(-1 / Beta).exp_().mul_(pairs);
        Tensor wordCount = words.sum(1, type: type).view(-1, 1, 1), patchCount = patches.sum(1, type: type).view(-1, 1, 1);
        Tensor noWord = words.logical_not().to_type(type).Times_(Never).unsqueeze(2);     // (B, T, 1)
        Tensor noPatch = patches.logical_not().to_type(type).Times_(Never).unsqueeze(1);  // (B, 1, N)

        Tensor plan = pairs.to_type(type);
        Tensor left = words.to_type(type).unsqueeze(2).div_(wordCount);                 // (B, T, 1)
        for (int i = 0; i < Iterations; i++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor q = kernel.mul(plan);
            Tensor right = left.transpose(1, 2).bmm(q).mul_(patchCount).Plus_(noPatch).reciprocal_(); // (B, 1, N)
            left = q.bmm(right.transpose(1, 2)).mul_(wordCount).Plus_(noWord).reciprocal_().MoveToOuterDisposeScope();
            plan = q.mul_(left).mul_(right).MoveToOuterDisposeScope();
        }
        return plan.mul_(pairs);
    }

    private static Tensor Unit(Tensor x) => F.normalize(x, 2, -1, NormEpsilon);
}
