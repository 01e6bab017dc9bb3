namespace Das.Training.Tasks;

/// <summary>Questions about pictures.</summary>
/// <param name="table">Owned.</param>
/// <param name="answers">V.</param>
/// <param name="preparation">How samples become tensors.</param>
internal sealed class VqaSplit(VqaTable table, int answers, Preparation preparation) : ITaskSplit
{
    private readonly Lookahead<Prepared> lookahead = new((indices, position) => Prepare(table, preparation, indices, position));

    private sealed record Prepared(Images Images, TextBatch Questions, VqaSample[] Samples);

    public int Count => table.Count;

    public TaskBatch Load(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following = null)
    {
        Prepared prepared = lookahead.Take(indices, position, following);
        (Tensor ids, Tensor mask) = prepared.Questions.ToTensors(preparation.Device);
        return new VqaBatch(preparation.ToTensor(prepared.Images), ids, mask,
            VqaObjective.Targets([.. prepared.Samples.Select(s => s.Labels)], [.. prepared.Samples.Select(s => s.Scores)], answers, preparation.Device));
    }

    public void Dispose()
    {
        table.Dispose();
        preparation.Towers?.Dispose();
    }

    private static Prepared Prepare(VqaTable table, Preparation preparation, int[] indices, long position)
    {
        VqaSample[] samples = [.. indices.Select(i => table[i])];
        return new(preparation.Images(() => Collation.Pad(preparation.Pictures(samples.Select(s => s.Image), position)), [.. indices.Select(table.RowOf)]),
            preparation.Texts(samples.Select(s => s.Question)), samples);
    }
}

/// <summary>Image-question pairs.</summary>
/// <param name="image">(B, 3, H, W), normalised, zero-padded right and below to the largest image; or (B, N, W) features of the frozen tower.</param>
/// <param name="ids">(B, T).</param>
/// <param name="mask">(B, T), 1 where a token is.</param>
/// <param name="targets">(B, V) soft answer scores.</param>
public sealed class VqaBatch(Tensor image, Tensor ids, Tensor mask, Tensor targets)
    : FusedBatch(new((int)ids.shape[0], (int)ids.shape[1], SizeOf(image), 1), image, ids, mask, targets)
{
    /// <returns>(B, V).</returns>
    public override Tensor Outputs(VisionLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        return model.VqaLogits(model.Fuse(model.EmbedText(ids, mask), Embed(model, image))).MoveToOuterDisposeScope();
    }

    public override Tensor Loss(VisionLanguageModel model) => VqaObjective.Loss(Outputs(model), targets);
}
