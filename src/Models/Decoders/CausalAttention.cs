namespace Das.Models.Decoders;

/// <summary>
/// Causal attention of whole sequences. libtorch's kernel for the CPU computes every query with 512 keys at once, also with those that are then
/// masked: it is given the queries in chunks, each with the keys up to its end.
/// </summary>
internal static class CausalAttention
{
    /// <summary>Queries of a chunk: of 32 to 200, 64 and 80 are the fastest at 400 positions, and 64 gives the whole's bits.</summary>
    private const long Chunk = 64;

    /// <param name="q">(B, H, S, d).</param>
    /// <param name="k">(B, H, S, d).</param>
    /// <param name="v">(B, H, S, d).</param>
    /// <param name="mask">(B or 1, 1, S, S) booleans, whether a query attends to a key that is not after it; null if it attends to all of those.</param>
    /// <returns>(B, H, S, d).</returns>
    public static Tensor Of(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        long S = q.shape[2];
        if (q.device_type != DeviceType.CPU || S <= Chunk) return F.scaled_dot_product_attention(q, k, v, mask, is_casual: mask is null);

        using DisposeScope scope = NewDisposeScope();
        Tensor whole = mask ?? ones([1, 1, S, S], ScalarType.Bool).tril();
        List<Tensor> chunks = [];
        for (long start = 0; start < S; start += Chunk)
        {
            long length = Math.Min(Chunk, S - start), end = start + length;
            chunks.Add(F.scaled_dot_product_attention(q.narrow(2, start, length), k.narrow(2, 0, end), v.narrow(2, 0, end),
                whole.narrow(2, start, length).narrow(3, 0, end)));
        }
        return cat(chunks, 2).MoveToOuterDisposeScope();
    }
}
