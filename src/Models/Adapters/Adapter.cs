using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Adapters;

/// <summary>
/// The bottleneck adapter of ViLT and METER (spec §2.5): up(ReLU(down(LN(x)))), with x added where it replaces a layer and
/// without where it sits inside one. (B, T, D) → (B, T, D).
/// </summary>
public sealed class Adapter : Module<Tensor, Tensor>
{
    private readonly LayerNorm adapter_layer_norm_before;
    private readonly Linear down_proj, up_proj;
    private readonly bool residual;

    public Adapter(int width, int bottleneck, bool residual) : base(nameof(Adapter))
    {
        this.residual = residual;
        adapter_layer_norm_before = LayerNorm(width, eps: 1e-5);
        down_proj = Linear(width, bottleneck);
        up_proj = Linear(bottleneck, width);
        foreach (Linear linear in (Linear[])[down_proj, up_proj])
        {
            // Spec §2.5: in-layer adapters end up truncated-normal, replacements normal; neither is zero-initialised.
            if (residual) init.normal_(linear.weight!, 0, 0.02);
            else init.trunc_normal_(linear.weight!, 0, 0.02);
            init.zeros_(linear.bias!);
        }
        RegisterComponents();
    }

    /// <summary>Parameters of one adapter: the LayerNorm, down with bias, up with bias.</summary>
    public static long ParameterCount(long width, long bottleneck) => 2 * width + (width * bottleneck + bottleneck) + (bottleneck * width + width);

    public override Tensor forward(Tensor x)
    {
        Tensor adapted = up_proj.forward(functional.relu(down_proj.forward(adapter_layer_norm_before.forward(x))));
        return residual ? x + adapted : adapted;
    }
}
