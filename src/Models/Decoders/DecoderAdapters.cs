namespace Das.Models.Decoders;

/// <summary>The adapters of a decoder layer: names, places and how one is made.</summary>
/// <param name="Attention">The in-layer adapter between the first norm and attention; null for none.</param>
/// <param name="FeedForward">The one between the second norm and the feed-forward network; null for none.</param>
/// <param name="Replacement">The adapter of a skipped layer; it reads the first norm, and its output is added to the hidden states.</param>
/// <param name="New">An adapter by its role: with residual inside a layer; a replacement's residual is the family's choice.</param>
public sealed record DecoderAdapters(string? Attention, string? FeedForward, string Replacement, Func<AdapterRole, nn.Module<Tensor, Tensor>> New)
{
    /// <summary>The in-layer adapters' names.</summary>
    public IEnumerable<string> InLayer => new[] { Attention, FeedForward }.OfType<string>();
}

/// <summary>The two uses of an adapter.</summary>
public enum AdapterRole
{
    InLayer,
    Replacement,
}
