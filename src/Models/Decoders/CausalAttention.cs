namespace Das.Models.Decoders;

/// <summary>
/// Attention of whole sequences whose positions read nothing after themselves. libtorch's kernel for the CPU computes every query
/// with 512 keys at once, also those it then hides: it is given the queries in pieces, each with the keys up to its end.
/// </summary>
internal static class CausalAttention
{
    /// <summary>Queries of a piece: of 32 to 200, 64 and 80 are the fastest at 400 positions, and 64 gives the whole's bits.</summary>
    private const long Piece = 64;

    /// <param name="q">(B, H, S, d).</param>
    /// <param name="k">(B, H, S, d).</param>
    /// <param name="v">(B, H, S, d).</param>
    /// <param name="visible">(B or 1, 1, S, S), whether a position reads another, which is not after it; null if it reads all of those.</param>
    /// <returns>(B, H, S, d).</returns>
    public static Tensor Of(Tensor q, Tensor k, Tensor v, Tensor? visible)
    {
        long S = q.shape[2];
        if (q.device_type != DeviceType.CPU || S <= Piece) return F.scaled_dot_product_attention(q, k, v, visible, is_casual: visible is null);

        using DisposeScope scope = NewDisposeScope();
        Tensor seen = visible ?? ones([1, 1, S, S], ScalarType.Bool).tril();
        List<Tensor> pieces = [];
        for (long start = 0; start < S; start += Piece)
        {
            long length = Math.Min(Piece, S - start), end = start + length;
            pieces.Add(F.scaled_dot_product_attention(q.narrow(2, start, length), k.narrow(2, 0, end), v.narrow(2, 0, end),
                seen.narrow(2, start, length).narrow(3, 0, end)));
        }
        return cat(pieces, 2).MoveToOuterDisposeScope();
    }
}
