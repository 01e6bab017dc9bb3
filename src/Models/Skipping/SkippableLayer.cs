using Das.Models.Adapters;
using TorchSharp;

namespace Das.Models.Skipping;

/// <summary>One candidate of the search, whatever its layer is made of.</summary>
public abstract class SkippableLayer
{
    /// <summary>Whether the replacement runs instead of the layer.</summary>
    public bool IsSkipped { get; set; }

    /// <summary>The adapter with residual; null in a finished model that keeps the layer.</summary>
    public abstract Adapter? Replacement { get; }
}

/// <summary>
/// A frozen pretrained layer with its in-layer adapters, or the adapter that replaces it. While searching both exist; in a
/// finished model exactly one does.
/// </summary>
public sealed class SkippableLayer<TLayer> : SkippableLayer where TLayer : torch.nn.Module
{
    /// <param name="pretrained">The layer; null in a finished model that skips it.</param>
    /// <param name="replacement">The adapter with residual; null in a finished model that keeps the layer.</param>
    public SkippableLayer(TLayer? pretrained, Adapter? replacement) => (Pretrained, Replacement, IsSkipped) = (pretrained, replacement, pretrained is null);

    public TLayer? Pretrained { get; }

    public override Adapter? Replacement { get; }

    /// <param name="x">Stream of shape (B, S, D).</param>
    /// <param name="run">How the pretrained layer is called; each family has its own masks and contexts.</param>
    public torch.Tensor Forward(torch.Tensor x, Func<TLayer, torch.Tensor> run) =>
        IsSkipped ? Replacement!.forward(x) : run(Pretrained!);
}
