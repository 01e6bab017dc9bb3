namespace Das.Models.Decoders;

/// <summary>
/// Positions as rotations: elements 2i and 2i+1 of a head are the plane that position p turns by p θ^(-2i/d). This is the layout of
/// LLaMA's own weights; Hugging Face's rows are reordered when they are loaded (method §9.5).
/// <para>Su et al.: "RoFormer", https://arxiv.org/abs/2104.09864.</para>
/// </summary>
internal static class RotaryEmbedding
{
    /// <summary>A head's frequencies, in radians per position.</summary>
    /// <param name="headSize">d.</param>
    /// <param name="theta">θ.</param>
    /// <param name="scaling">What is changed of them; null for nothing.</param>
    public static float[] Frequencies(int headSize, double theta, RopeScaling? scaling) => [.. Enumerable.Range(0, headSize / 2)
        .Select(i => 1 / MathF.Pow((float)theta, 2f * i / headSize))
        .Select((frequency, i) => scaling is null ? frequency : scaling.Scaled(frequency, i))];

    /// <param name="positions">(B or 1, S).</param>
    /// <param name="frequencies">Of <see cref="Frequencies"/>.</param>
    /// <returns>(B or 1, S, 1, d/2) complex numbers of length 1, whose angles are float32 products as in the published code.</returns>
    public static Tensor Rotation(Tensor positions, float[] frequencies)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor angles = positions.to(ScalarType.Float32).unsqueeze(-1).mul(tensor(frequencies, device: positions.device));
        return polar(ones_like(angles), angles).unsqueeze(2).MoveToOuterDisposeScope();
    }

    /// <param name="x">(B, S, H, d).</param>
    /// <param name="rotation">Of <see cref="Rotation"/>.</param>
    /// <returns>(B, S, H, d) in x's type.</returns>
    public static Tensor Rotate(Tensor x, Tensor rotation)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S, H, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        Tensor planes = x.As(ScalarType.Float32).view(B, S, H, d / 2, 2).view_as_complex();
        return planes.mul(rotation).view_as_real().view(B, S, H, d).As(x.dtype).MoveToOuterDisposeScope();
    }
}
