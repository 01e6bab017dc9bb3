namespace Das.Models.Skipping;

/// <summary>One candidate of the search, whatever its layer is made of.</summary>
public abstract class SkippableLayer
{
    /// <summary>Whether the replacement runs instead of the layer.</summary>
    public bool IsSkipped { get; set; }

    /// <summary>The adapter that runs instead; null in a finished model that keeps the layer.</summary>
    public abstract nn.Module<Tensor, Tensor>? Replacement { get; }
}

/// <summary>
/// A frozen pretrained layer with its in-layer adapters, or the adapter that replaces it. While searching both exist; in a
/// finished model exactly one does.
/// </summary>
public sealed class SkippableLayer<TLayer> : SkippableLayer where TLayer : class
{
    /// <param name="pretrained">The layer; null in a finished model that skips it.</param>
    /// <param name="replacement">The adapter; null in a finished model that keeps the layer.</param>
    public SkippableLayer(TLayer? pretrained, nn.Module<Tensor, Tensor>? replacement) =>
        (Pretrained, Replacement, IsSkipped) = (pretrained, replacement, pretrained is null);

    public TLayer? Pretrained { get; }

    public override nn.Module<Tensor, Tensor>? Replacement { get; }

    /// <summary>The layer's output, or its replacement's for the same input; a family whose replacement reads something else calls it itself.</summary>
    /// <param name="x">(B, S, D).</param>
    /// <param name="run">How the pretrained layer is called; each family has its own masks and contexts.</param>
    public Tensor Forward(Tensor x, Func<TLayer, Tensor> run) =>
        IsSkipped ? Replacement!.forward(x) : run(Pretrained!);
}
