namespace Das.Models.Backbones;

/// <summary>Which heads stand on a backbone (method §2.4, §3.4).</summary>
/// <param name="VqaAnswers">Answers of the VQA classifier; 0 for no classifier.</param>
/// <param name="Nlvr2">The classifier of image pairs.</param>
/// <param name="Rank">The score of a text for an image, for retrieval.</param>
/// <param name="Itm">The image-text-matching head of pretraining.</param>
/// <param name="Mlm">The masked-language-model head of pretraining.</param>
/// <param name="Snli">METER's classifier of visual entailment.</param>
public sealed record TaskHeads(int VqaAnswers = 0, bool Nlvr2 = false, bool Rank = false, bool Itm = false, bool Mlm = false, bool Snli = false)
{
    /// <summary>The parameters' published names, by head, of the heads that do not exist.</summary>
    internal IEnumerable<string> Absent =>
        new[] { ("vqa_classifier", VqaAnswers > 0), ("nlvr2_classifier", Nlvr2), ("rank_output", Rank), ("itm_score", Itm), ("mlm_score", Mlm),
            ("snli_classifier", Snli) }
            .Where(head => !head.Item2).Select(head => head.Item1);

    /// <summary>Weights and biases of the heads that adapter training updates.</summary>
    /// <param name="D">Hidden size.</param>
    /// <param name="F">Width of the pooled features.</param>
    public long UpdatedParameters(long D, long F) =>
        (VqaAnswers > 0 ? Classifier.ParameterCount(F, 2 * D, VqaAnswers) : 0)
        + (Nlvr2 ? Classifier.ParameterCount(2 * F, 2 * D, 2) : 0)
        + (Snli ? Classifier.ParameterCount(F, 2 * D, 3) : 0)
        + (Rank ? F + 1 : 0);

    /// <summary>Weights and biases of the heads that adapter training does not update.</summary>
    /// <inheritdoc cref="Macs"/>
    public long FrozenParameters(long D, long F, long vocabulary) =>
        (Mlm ? (D * D) + (3 * D) + (D * vocabulary) + vocabulary : 0) + (Itm ? (2 * F) + 2 : 0);

    /// <summary>Multiply-accumulates of a pass; the masked-language-model head reads every text token, the pair classifier half a pair.</summary>
    /// <param name="D">Hidden size.</param>
    /// <param name="F">Width of the pooled features.</param>
    /// <param name="vocabulary">Word pieces.</param>
    /// <param name="textTokens">T.</param>
    public long Macs(long D, long F, long vocabulary, long textTokens) =>
        (VqaAnswers > 0 ? (F * 2 * D) + (2 * D * VqaAnswers) : 0)
        + (Nlvr2 ? (F * 2 * D) + (2 * D) : 0)
        + (Snli ? (F * 2 * D) + (2 * D * 3) : 0)
        + (Rank ? F : 0)
        + (Mlm ? textTokens * ((D * D) + (D * vocabulary)) : 0)
        + (Itm ? 2 * F : 0);
}

/// <summary><c>linear, norm, gelu, linear</c>: how both published families classify.</summary>
public static class Classifier
{
    internal static Sequential Of(long input, long inner, long classes) =>
        nn.Sequential(("0", nn.Linear(input, inner)), ("1", nn.LayerNorm(inner)), ("2", nn.GELU()), ("3", nn.Linear(inner, classes)));

    /// <summary>Weights and biases of one.</summary>
    public static long ParameterCount(long input, long inner, long classes) => (input * inner) + inner + (2 * inner) + (inner * classes) + classes;
}

/// <summary><c>tanh(dense(x))</c> of a sequence's first token.</summary>
public sealed class Pooler : nn.Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public Pooler(long size) : base(nameof(Pooler))
    {
        dense = nn.Linear(size, size);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using Tensor y = dense.forward(x);
        return y.tanh();
    }

    /// <summary>Weights and biases of one.</summary>
    public static long ParameterCount(long size) => (size * size) + size;
}

/// <summary>BERT's masked-language-model head with a decoder of its own: <c>decoder(norm(gelu(dense(x)))) + bias</c>.</summary>
internal sealed class MlmHead : nn.Module<Tensor, Tensor>
{
    private readonly Parameter bias;
    private readonly (Linear Dense, LayerNorm Norm) transform; // a tuple, so that they are registered once
    private readonly Linear decoder;

    /// <param name="size">D.</param>
    /// <param name="vocabulary">Word pieces.</param>
    /// <param name="epsilon">The text encoder's own.</param>
    public MlmHead(long size, long vocabulary, double epsilon) : base(nameof(MlmHead))
    {
        bias = nn.Parameter(zeros(vocabulary));
        transform = (nn.Linear(size, size), nn.LayerNorm(size, eps: epsilon));
        decoder = nn.Linear(size, vocabulary, hasBias: false);
        register_parameter(nameof(bias), bias);
        register_module(nameof(transform), new Named(("dense", transform.Dense), ("LayerNorm", transform.Norm)));
        register_module(nameof(decoder), decoder);
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return decoder.forward(transform.Norm.forward(transform.Dense.forward(x).gelu())).Plus_(bias).MoveToOuterDisposeScope();
    }
}

/// <summary>Whether text and image belong together: two logits, "no" and "yes".</summary>
internal sealed class ItmHead : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc;

    public ItmHead(long features) : base(nameof(ItmHead))
    {
        fc = nn.Linear(features, 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => fc.forward(x);
}
