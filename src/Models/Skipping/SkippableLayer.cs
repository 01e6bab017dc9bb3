using Das.Models.Adapters;
using TorchSharp;

namespace Das.Models.Skipping;

/// <summary>
/// One candidate of the search: a frozen pretrained layer with its in-layer adapters, or the adapter that replaces it.
/// While searching both exist; in a finished model exactly one does.
/// </summary>
/// <param name="pretrained">The layer; null in a finished model that skips it.</param>
/// <param name="replacement">The adapter with residual; null in a finished model that keeps the layer.</param>
public sealed class SkippableLayer<TLayer>(TLayer? pretrained, Adapter? replacement) where TLayer : torch.nn.Module
{
    public TLayer? Pretrained => pretrained;

    public Adapter? Replacement => replacement;

    /// <summary>Whether the replacement runs instead of the layer.</summary>
    public bool IsSkipped { get; set; } = pretrained is null;

    /// <param name="x">Stream of shape (B, S, D).</param>
    /// <param name="run">How the pretrained layer is called; each family has its own masks and contexts.</param>
    public torch.Tensor Forward(torch.Tensor x, Func<TLayer, torch.Tensor> run) =>
        IsSkipped ? replacement!.forward(x) : run(pretrained!);
}
