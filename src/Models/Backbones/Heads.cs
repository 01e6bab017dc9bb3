using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Backbones;

/// <summary>The heads of ViLT and METER; Linear weights start as N(0, 0.02), biases at 0 (spec §2.4).</summary>
internal static class Heads
{
    /// <summary>Linear, LayerNorm, GELU, Linear: (B, D) → (B, classes).</summary>
    public static Sequential Classifier(int width, int hidden, int classes) =>
        Sequential(Initialised(Linear(width, hidden)), LayerNorm(hidden), GELU(), Initialised(Linear(hidden, classes)));

    public static Linear Initialised(Linear linear)
    {
        init.normal_(linear.weight!, 0, 0.02);
        if (linear.bias is { } bias) init.zeros_(bias);
        return linear;
    }
}

/// <summary>tanh(dense(x)): (B, D) → (B, D).</summary>
internal sealed class Pooler : Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public Pooler(int width) : base(nameof(Pooler))
    {
        dense = Heads.Initialised(Linear(width, width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor cls) => tanh(dense.forward(cls));
}

/// <summary>Image-text matching: (B, D) → (B, 2).</summary>
internal sealed class ItmHead : Module<Tensor, Tensor>
{
    private readonly Linear fc;

    public ItmHead(int width) : base(nameof(ItmHead))
    {
        fc = Heads.Initialised(Linear(width, 2));
        RegisterComponents();
    }

    public override Tensor forward(Tensor cls) => fc.forward(cls);
}

/// <summary>BERT's prediction head with an untied decoder: (B, T, D) → (B, T, vocabulary).</summary>
internal sealed class MlmHead : Module<Tensor, Tensor>
{
    private readonly Transform transform;
    private readonly Linear decoder;
    private readonly Parameter bias;

    public MlmHead(int width, int vocabulary) : base(nameof(MlmHead))
    {
        transform = new(width);
        decoder = Heads.Initialised(Linear(width, vocabulary, hasBias: false));
        bias = Parameter(zeros(vocabulary));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => decoder.forward(transform.forward(x)) + bias;

    private sealed class Transform : Module<Tensor, Tensor>
    {
        private readonly Linear dense;
        private readonly LayerNorm layerNorm;

        public Transform(int width) : base(nameof(Transform))
        {
            dense = Heads.Initialised(Linear(width, width));
            layerNorm = LayerNorm(width, eps: 1e-12);
            register_module("dense", dense);
            register_module("LayerNorm", layerNorm);
        }

        public override Tensor forward(Tensor x) => layerNorm.forward(functional.gelu(dense.forward(x)));
    }
}
