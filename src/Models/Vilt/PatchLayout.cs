namespace Das.Models.Vilt;

/// <summary>
/// Which patches of a padded batch become image tokens, and where each stands in its own image (method §2.1, steps 2-6).
/// Valid patches come in raster order, then pads. The published code shuffles them; since features, positions and mask
/// move together the order has no effect on the result.
/// </summary>
public sealed class PatchLayout
{
    private PatchLayout(int batch, int rows, int columns, int length)
    {
        (Batch, Rows, Columns, Length) = (batch, rows, columns, length);
        Cells = new int[batch * length];
        Valid = new bool[batch * length];
        Sizes = new (int, int)[batch];
    }

    public int Batch { get; }

    /// <summary>Patches along the height of the padded batch.</summary>
    public int Rows { get; }

    /// <summary>Patches along the width of the padded batch.</summary>
    public int Columns { get; }

    /// <summary>L: image tokens per sample, without the class token.</summary>
    public int Length { get; }

    /// <summary>B x L: the cell (row * Columns + column) that each token shows.</summary>
    public int[] Cells { get; }

    /// <summary>B x L: false where the token is a pad.</summary>
    public bool[] Valid { get; }

    /// <summary>Height and width of every image in patches.</summary>
    public (int Height, int Width)[] Sizes { get; }

    /// <summary>Every cell of every image is a token, in raster order: nothing to gather, nothing to mask.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Lays out a batch.</summary>
    /// <param name="valid">B x rows x columns: whether the patch's top-left pixel belongs to the image.</param>
    /// <param name="batch">B.</param>
    /// <param name="rows">Patches along the height.</param>
    /// <param name="columns">Patches along the width.</param>
    /// <param name="maxLength">Most tokens per image, or -1.</param>
    /// <param name="seed">Decides which patches stay where an image has more than <paramref name="maxLength"/>.</param>
    public static PatchLayout Of(ReadOnlySpan<bool> valid, int batch, int rows, int columns, int maxLength = -1, int seed = 0)
    {
        int cells = rows * columns;
        if (!valid.Contains(false) && (maxLength < 0 || maxLength >= cells)) return Full(batch, rows, columns);

        (int Height, int Width)[] sizes = new (int, int)[batch];
        for (int b = 0; b < batch; b++) sizes[b] = SizeOf(valid.Slice(b * cells, cells), rows, columns);
        int longest = sizes.Max(s => s.Height * s.Width);
        PatchLayout layout = new(batch, rows, columns, maxLength >= 0 ? Math.Min(maxLength, longest) : longest);
        sizes.CopyTo(layout.Sizes, 0);

        Random random = new(seed);
        for (int b = 0; b < batch; b++) layout.Fill(b, valid.Slice(b * cells, cells), random);
        return layout;
    }

    /// <summary>A layout decided elsewhere: the tokens of every image, cell by cell.</summary>
    /// <param name="cells">B x L cells.</param>
    /// <param name="valid">B x L: false for pads.</param>
    /// <param name="sizes">Height and width of every image in patches.</param>
    /// <param name="rows">Patches along the height of the padded batch.</param>
    /// <param name="columns">Patches along its width.</param>
    public static PatchLayout Given(int[] cells, bool[] valid, (int Height, int Width)[] sizes, int rows, int columns)
    {
        PatchLayout layout = new(sizes.Length, rows, columns, cells.Length / sizes.Length);
        cells.CopyTo(layout.Cells, 0);
        valid.CopyTo(layout.Valid, 0);
        sizes.CopyTo(layout.Sizes, 0);
        return layout;
    }

    /// <summary>(B, 1+L) booleans: the class token, then which patches are real.</summary>
    public Tensor Mask(Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = ones(Batch, 1, dtype: ScalarType.Bool, device: device);
        return cat([first, tensor(Valid, Batch, Length, dtype: ScalarType.Bool, device: device)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>(B, L, 2) integers: row and column of the patch that each token shows.</summary>
    public Tensor PatchIndex(Device device) =>
        tensor([.. Cells.SelectMany(cell => (long[])[cell / Columns, cell % Columns])], Batch, Length, 2, device: device);

    private static PatchLayout Full(int batch, int rows, int columns)
    {
        PatchLayout layout = new(batch, rows, columns, rows * columns) { IsFull = true };
        for (int i = 0; i < layout.Cells.Length; i++) layout.Cells[i] = i % layout.Length;
        Array.Fill(layout.Valid, true);
        Array.Fill(layout.Sizes, (rows, columns));
        return layout;
    }

    /// <summary>Height: valid cells of the first column. Width: valid cells of the first row.</summary>
    private static (int Height, int Width) SizeOf(ReadOnlySpan<bool> valid, int rows, int columns)
    {
        int height = 0;
        for (int row = 0; row < rows; row++) height += valid[row * columns] ? 1 : 0;
        return (height, valid[..columns].Count(true));
    }

    private void Fill(int sample, ReadOnlySpan<bool> valid, Random random)
    {
        List<int> real = [], pads = [];
        for (int cell = 0; cell < valid.Length; cell++) (valid[cell] ? real : pads).Add(cell);
        if (real.Count > Length)
        {
            int[] kept = [.. real];
            random.Shuffle(kept);
            real = [.. kept.Take(Length).Order()];
        }
        for (int i = 0; i < Length; i++)
        {
            int token = (sample * Length) + i;
            Valid[token] = i < real.Count;
            Cells[token] = i < real.Count ? real[i] : pads[(i - real.Count) % pads.Count];
        }
    }
}
