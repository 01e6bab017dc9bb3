using static TorchSharp.torch;

namespace Das.Models.Backbones;

/// <summary>
/// Which patches of a batch of zero-padded images become tokens, and in which order (spec §2.1, steps 2-6). Attention does
/// not depend on the order: valid patches come in raster order, then padding cells in raster order, cyclically.
/// </summary>
public sealed class PatchLayout
{
    private PatchLayout(long[] cells, bool[] mask, (int Rows, int Columns)[] extents, (int Rows, int Columns) grid, int length) =>
        (Cells, Mask, Extents, Grid, Length) = (cells, mask, extents, grid, length);

    /// <summary>(B, L) flattened: raster index of the grid cell behind each token.</summary>
    public long[] Cells { get; }

    /// <summary>(B, L) flattened: whether the token is part of its image.</summary>
    public bool[] Mask { get; }

    /// <summary>Per image: valid cells in its first column and in its first row.</summary>
    public (int Rows, int Columns)[] Extents { get; }

    /// <summary>The batch's grid in cells.</summary>
    public (int Rows, int Columns) Grid { get; }

    /// <summary>L.</summary>
    public int Length { get; }

    /// <summary>Lays out a batch.</summary>
    /// <param name="images">(B, 3, H, W), normalised; a patch is valid iff the channels of its top-left pixel do not sum to zero.</param>
    /// <param name="patch">Patch side in pixels.</param>
    /// <param name="maxLength">At most so many patches per image; -1: as many as the largest image has.</param>
    /// <param name="choose">Which of an image's n valid cells to keep where only k may stay: (image, n, k) → k positions.</param>
    /// <returns>Null where every image fills the whole grid and nothing is capped: every cell is a token, in raster order.</returns>
    public static PatchLayout? Of(Tensor images, int patch, int maxLength, Func<int, int, int, int[]> choose)
    {
        using var scope = NewDisposeScope();
        Tensor corners = images[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(step: patch), TensorIndex.Slice(step: patch)];
        bool[] valid = corners.sum(1).ne(0).cpu().contiguous().data<bool>().ToArray();
        var (batch, rows, columns) = ((int)corners.shape[0], (int)corners.shape[2], (int)corners.shape[3]);
        int cells = rows * columns;
        bool capped = maxLength >= 0 && maxLength < cells;
        if (!capped && Array.TrueForAll(valid, v => v)) return null;

        (int Rows, int Columns)[] extents = [.. Enumerable.Range(0, batch).Select(b => (
            Enumerable.Range(0, rows).Count(r => valid[b * cells + r * columns]),
            Enumerable.Range(0, columns).Count(c => valid[b * cells + c])))];
        int length = extents.Max(e => e.Rows * e.Columns);
        if (maxLength >= 0) length = Math.Min(length, maxLength);

        long[] chosen = new long[batch * length];
        bool[] mask = new bool[batch * length];
        for (int b = 0; b < batch; b++)
        {
            ILookup<bool, int> byValidity = Enumerable.Range(0, cells).ToLookup(cell => valid[b * cells + cell]);
            int[] inside = [.. byValidity[true]], outside = [.. byValidity[false]];
            if (inside.Length > length) inside = [.. choose(b, inside.Length, length).Select(i => inside[i])];
            for (int t = 0; t < length; t++)
            {
                mask[b * length + t] = t < inside.Length;
                chosen[b * length + t] = t < inside.Length ? inside[t] : outside[(t - inside.Length) % outside.Length];
            }
        }
        return new(chosen, mask, extents, (rows, columns), length);
    }
}
