using Das.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Models.Backbones;

/// <summary><c>tanh(dense(x))</c> of the text's [CLS] token.</summary>
internal sealed class ViltPooler : nn.Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public ViltPooler(ViltConfig config) : base(nameof(ViltPooler))
    {
        dense = nn.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using Tensor y = dense.forward(x);
        return y.tanh();
    }
}

/// <summary>BERT's masked-language-model head with a decoder of its own: <c>decoder(norm(gelu(dense(x)))) + bias</c>.</summary>
internal sealed class ViltMlmHead : nn.Module<Tensor, Tensor>
{
    private readonly Parameter bias;
    private readonly Linear dense;
    private readonly LayerNorm norm;
    private readonly Linear decoder;

    public ViltMlmHead(ViltConfig config) : base(nameof(ViltMlmHead))
    {
        bias = nn.Parameter(zeros(config.VocabSize));
        dense = nn.Linear(config.HiddenSize, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, eps: 1e-12); // BERT's epsilon
        decoder = nn.Linear(config.HiddenSize, config.VocabSize, hasBias: false);
        register_parameter(nameof(bias), bias);
        register_module("transform", new Named((nameof(dense), dense), ("LayerNorm", norm)));
        register_module(nameof(decoder), decoder);
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return decoder.forward(norm.forward(dense.forward(x).gelu())).add_(bias).MoveToOuterDisposeScope();
    }
}

/// <summary>Whether text and image belong together: two logits, "no" and "yes".</summary>
internal sealed class ViltItmHead : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc;

    public ViltItmHead(ViltConfig config) : base(nameof(ViltItmHead))
    {
        fc = nn.Linear(config.HiddenSize, 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => fc.forward(x);
}
