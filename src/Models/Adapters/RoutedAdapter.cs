namespace Das.Models.Adapters;

/// <summary>
/// An adapter whose experts are weighted by the first position of its input. While a sequence is decoded position by position
/// the first one is not in the input any more, so its routing is cached with the keys and values.
/// </summary>
/// <param name="name">The module's name in errors.</param>
public abstract class RoutedAdapter(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>The experts' weights, from the beginning of a sequence.</summary>
    /// <param name="z">(B, S, D), from the first position on.</param>
    /// <returns>(B, 1, experts).</returns>
    public abstract Tensor Route(Tensor z);

    /// <param name="z">(B, S, D), any part of a sequence.</param>
    /// <param name="routing">(B, 1, experts), of <see cref="Route"/>.</param>
    /// <returns>(B, S, D) in z's type.</returns>
    public abstract Tensor forward(Tensor z, Tensor routing);

    /// <summary>A sequence from its first position on.</summary>
    /// <inheritdoc/>
    public override Tensor forward(Tensor z)
    {
        using Tensor routing = Route(z);
        return forward(z, routing);
    }
}
