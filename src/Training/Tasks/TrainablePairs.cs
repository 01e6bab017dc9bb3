namespace Das.Training.Tasks;

/// <summary>Sentences about pairs of pictures.</summary>
/// <param name="table">Owned.</param>
/// <param name="preparation">How samples become tensors.</param>
internal sealed class PairSplit(PairTable table, Preparation preparation) : ITaskSplit
{
    private readonly Lookahead<Prepared> lookahead = new((indices, position) => Prepare(table, preparation, indices, position));

    private sealed record Prepared(Images Left, Images Right, TextBatch Sentences, long[] Labels);

    public int Count => table.Count;

    public TaskBatch Load(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following = null)
    {
        Prepared prepared = lookahead.Take(indices, position, following);
        (Tensor ids, Tensor mask) = prepared.Sentences.ToTensors(preparation.Device);
        return new PairBatch(preparation.ToTensor(prepared.Left), preparation.ToTensor(prepared.Right), ids, mask,
            tensor(prepared.Labels).to(preparation.Device));
    }

    public void Dispose()
    {
        table.Dispose();
        preparation.Towers?.Dispose();
    }

    /// <summary>Both pictures of a pair are augmented by draws of their own, and all are padded to one extent.</summary>
    private static Prepared Prepare(PairTable table, Preparation preparation, int[] indices, long position)
    {
        PairSample[] samples = [.. indices.Select(i => table[i])];
        Lazy<(PixelBatch Left, PixelBatch Right)> pixels = new(() =>
        {
            PixelImage[] left = preparation.Pictures(samples.Select(s => s.Left), position, "left"),
                right = preparation.Pictures(samples.Select(s => s.Right), position, "right");
            var extent = Collation.Extent(left.Concat(right));
            return (Collation.Pad(left, extent), Collation.Pad(right, extent));
        });
        return new(preparation.Images(() => pixels.Value.Left, [.. indices.Select(i => 2 * table.RowOf(i))]),
            preparation.Images(() => pixels.Value.Right, [.. indices.Select(i => (2 * table.RowOf(i)) + 1)]),
                preparation.Texts(samples.Select(s => s.Sentence)),
            [.. samples.Select(s => s.Label == true ? 1L : 0L)]);
    }
}

/// <summary>A sentence and two images a row.</summary>
/// <param name="left">(B, 3, H, W).</param>
/// <param name="right">(B, 3, H, W).</param>
/// <param name="ids">(B, T).</param>
/// <param name="mask">(B, T).</param>
/// <param name="labels">(B) integers, 1 where the sentence is true.</param>
public sealed class PairBatch(Tensor left, Tensor right, Tensor ids, Tensor mask, Tensor labels)
    : FusedBatch(new((int)ids.shape[0], (int)ids.shape[1], SizeOf(left), 2), left, right, ids, mask, labels)
{
    /// <summary>The sentence is embedded once and meets either image.</summary>
    /// <returns>(B, 2): false, true.</returns>
    public override Tensor Outputs(VisionLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        Embedded text = model.EmbedText(ids, mask);
        return model.Nlvr2Logits(model.Fuse(text, Embed(model, left, imageType: 1)), model.Fuse(text, Embed(model, right, imageType: 2)))
            .MoveToOuterDisposeScope();
    }

    public override Tensor Loss(VisionLanguageModel model) => Nlvr2Objective.Loss(Outputs(model), labels);
}
