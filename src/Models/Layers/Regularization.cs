namespace Das.Models.Layers;

internal static class Regularization
{
    /// <summary>Dropout while training; x itself where nothing is dropped.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="rate">Share of the elements that become zero.</param>
    /// <param name="training">Whether the layer is in training mode.</param>
    public static Tensor Dropout(this Tensor x, double rate, bool training) => training && rate > 0 ? F.dropout(x, rate, training: true) : x;
}
