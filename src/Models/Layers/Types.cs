namespace Das.Models.Layers;

internal static class Types
{
    /// <summary>x in a type; x itself where it is of that type.</summary>
    public static Tensor As(this Tensor x, ScalarType type) => x.dtype == type ? x : x.to(type);
}
