namespace Das.Models.Vilt;

/// <summary>BERT's embeddings without BERT: <c>dropout(norm(word + position + type[0]))</c> (method §2.1).</summary>
internal sealed class ViltTextEmbeddings : nn.Module<Tensor, Tensor>
{
    /// <summary>BERT's LayerNorm epsilon.</summary>
    public const double Epsilon = 1e-12;

    private readonly Embedding word_embeddings;
    private readonly Embedding position_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly LayerNorm LayerNorm;
    private readonly double drop;

    public ViltTextEmbeddings(ViltConfig config) : base(nameof(ViltTextEmbeddings))
    {
        drop = config.DropRate;
        word_embeddings = nn.Embedding(config.VocabSize, config.HiddenSize);
        position_embeddings = nn.Embedding(config.MaxTextLength, config.HiddenSize);
        token_type_embeddings = nn.Embedding(2, config.HiddenSize); // BERT's two sentences; only the first is ever used
        LayerNorm = nn.LayerNorm(config.HiddenSize, eps: Epsilon);
        RegisterComponents();
    }

    /// <param name="ids">(B, T) word pieces.</param>
    /// <returns>(B, T, D).</returns>
    public override Tensor forward(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor position = position_embeddings.weight!.narrow(0, 0, ids.shape[1]).Plus(token_type_embeddings.weight![0]); // (T, D)
        Tensor x = word_embeddings.forward(ids).Plus_(position);
        return LayerNorm.forward(x).Dropout(drop, training).MoveToOuterDisposeScope();
    }
}

/// <summary>Patches of an image as tokens (method §2.1, <c>visual_embed</c>), the blocks and the final norm: the published "transformer".</summary>
internal sealed class ViltTransformer : nn.Module
{
    private readonly Parameter cls_token;
    private readonly Parameter pos_embed;
    private readonly Named patch_embed, blocks;

    /// <summary>The norm after the last block.</summary>
    public readonly LayerNorm norm;

    private readonly Func<Tensor, Tensor> project; // not a field of its module's type: that would be registered a second time
    private readonly int grid;
    private readonly double drop;
    private readonly Dictionary<(int Height, int Width, DeviceType Device, int Number, ScalarType Type), Tensor> interpolations = [];

    public ViltTransformer(ViltConfig config, IEnumerable<(string Index, ViltBlock Block)> kept) : base(nameof(ViltTransformer))
    {
        (grid, drop) = (config.Grid, config.DropRate);
        var (D, P) = (config.HiddenSize, config.PatchSize);
        cls_token = nn.Parameter(zeros(1, 1, D));
        pos_embed = nn.Parameter(zeros(1, 1 + (grid * grid), D));
        Conv2d proj = nn.Conv2d(3, D, P, stride: P);
        project = proj.forward;
        patch_embed = new((nameof(proj), proj));
        blocks = new(kept.Select(b => (b.Index, (nn.Module)b.Block)));
        norm = nn.LayerNorm(D, eps: ViltBlock.Epsilon);

        RegisterComponents();
        nn.init.normal_(cls_token, 0, 0.02);
        nn.init.normal_(pos_embed, 0, 0.02);
    }

    /// <param name="image">(B, 3, H, W).</param>
    /// <param name="layout">Which patches become tokens.</param>
    /// <returns>(B, 1+L, D): class token, then patches, with positions.</returns>
    public Tensor EmbedImage(Tensor image, PatchLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = project(image.to_type(pos_embed.dtype)).flatten(2).transpose(1, 2); // (B, cells, D)
        var (B, D) = (patches.shape[0], patches.shape[2]);
        Tensor positions;
        if (layout.IsFull)
        {
            positions = Positions([layout.Sizes[0]]).unsqueeze(0);
        }
        else
        {
            (long[] cells, long[] rows, (int, int)[] sizes) = Gathered(layout);
            patches = patches.reshape(-1, D).index_select(0, tensor(cells, device: image.device)).view(B, -1, D);
            Tensor table = cat([Positions(sizes), zeros(1, D, dtype: pos_embed.dtype, device: image.device)], 0);
            positions = table.index_select(0, tensor(rows, device: image.device)).view(B, -1, D);
        }
        Tensor first = cls_token.Plus(pos_embed.narrow(1, 0, 1)).expand(B, 1, D);
        return cat([first, patches.Plus(positions)], 1).Dropout(drop, training).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// For every token its row in all cells (B * cells) and its row in the concatenated position tables of the sizes that
    /// occur; the row after the last stands for "outside its own image" and is zero.
    /// </summary>
    private static (long[] Cells, long[] Rows, (int, int)[] Sizes) Gathered(PatchLayout layout)
    {
        (int Height, int Width)[] sizes = [.. layout.Sizes.Distinct().Where(s => s.Height * s.Width > 0)];
        Dictionary<(int, int), long> starts = [];
        long outside = 0;
        foreach ((int height, int width) in sizes)
        {
            starts[(height, width)] = outside;
            outside += height * width;
        }

        long[] cells = new long[layout.Cells.Length], rows = new long[layout.Cells.Length];
        for (int i = 0; i < cells.Length; i++)
        {
            int sample = i / layout.Length;
            (int row, int column) = Math.DivRem(layout.Cells[i], layout.Columns);
            (int height, int width) = layout.Sizes[sample];
            cells[i] = ((long)sample * layout.Rows * layout.Columns) + layout.Cells[i];
            rows[i] = row < height && column < width ? starts[(height, width)] + (row * width) + column : outside;
        }
        return (cells, rows, sizes);
    }

    /// <returns>(sum of h w, D): the position grid resized to each size, one table after the other.</returns>
    private Tensor Positions((int Height, int Width)[] sizes)
    {
        Tensor table = pos_embed[0].narrow(0, 1, grid * grid);
        if (sizes is [var (h, w)] && h == grid && w == grid) return table;
        Tensor weights = sizes.Length == 1 ? Interpolation(sizes[0]) : cat([.. sizes.Select(Interpolation)], 0);
        return weights.matmul(table);
    }

    /// <summary>
    /// Bilinear interpolation with aligned corners as a matrix (h w, g²). It does not depend on the weights, so it can be kept
    /// however they change.
    /// </summary>
    private Tensor Interpolation((int Height, int Width) size)
    {
        var key = (size.Height, size.Width, pos_embed.device_type, pos_embed.device_index, pos_embed.dtype);
        if (interpolations.TryGetValue(key, out Tensor? known)) return known;

        float[] weights = new float[size.Height * size.Width * grid * grid];
        for (int row = 0; row < size.Height; row++)
            for (int column = 0; column < size.Width; column++)
            {
                Span<float> target = weights.AsSpan(((row * size.Width) + column) * grid * grid, grid * grid);
                foreach ((int r, float wr) in Neighbours(row, size.Height))
                    foreach ((int c, float wc) in Neighbours(column, size.Width))
                        target[(r * grid) + c] += wr * wc;
            }
        Tensor matrix = tensor(weights, size.Height * size.Width, grid * grid, device: pos_embed.device).to_type(pos_embed.dtype);
        return interpolations[key] = matrix.DetachFromDisposeScope();
    }

    private (int Index, float Weight)[] Neighbours(int i, int count)
    {
        float position = count > 1 ? i * ((grid - 1) / (float)(count - 1)) : 0;
        int low = (int)position, high = Math.Min(low + 1, grid - 1);
        return [(low, 1 - (position - low)), (high, position - low)];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) foreach (Tensor matrix in interpolations.Values) matrix.Dispose();
        base.Dispose(disposing);
    }
}
