namespace Das.Training.Tasks;

/// <summary>Sentences about pairs of pictures.</summary>
internal sealed class TrainablePairs() : FusedTask<PairTable, PairPrediction>(TaskKinds.Pairs)
{
    /// <summary>A second image has a type of its own.</summary>
    public override int TokenTypes => 3;

    public override TaskHeads Heads(DatasetManifest dataset, Backbone backbone) => new(Nlvr2: true);

    public override IReadOnlyList<TaskPrediction> Predict(TaskInputs inputs, string split)
    {
        int[] labels = Classify(inputs, split, $"sentences of {split} judged");
        using PairTable table = TaskKinds.Pairs.Open(inputs.Dataset, split);
        return [.. labels.Select((label, i) => PairPrediction.Of(split, table[i], label == 1))];
    }

    private protected override string TextOf(PairTable table, int index) => table[index].Sentence;

    /// <summary>Both pictures of a pair are augmented by draws of their own, and all are padded to one extent.</summary>
    private protected override Func<int[], long, Func<TaskBatch>> Batches(TaskInputs inputs, PairTable table, FusedSplit made) => (indices, position) =>
    {
        PairSample[] samples = [.. indices.Select(i => table[i])];
        int[] left = [.. indices.Select(i => 2 * table.RowOf(i))], right = [.. left.Select(place => place + 1)];
        ImageBatch[] images = made.Images.Batch([left, right],
            () => [made.Images.Pictures(left, position, "left"), made.Images.Pictures(right, position, "right")]);
        TextBatch sentences = made.Texts(samples.Select(s => s.Sentence));
        return () =>
        {
            (Tensor ids, Tensor mask) = made.ToTensors(sentences);
            return new PairBatch(made.Images.ToTensor(images[0]), made.Images.ToTensor(images[1]), ids, mask,
                made.ToTensor([.. samples.Select(s => s.Label == true ? 1L : 0L)]));
        };
    };
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

    /// <summary>Mean cross-entropy (method §2.4).</summary>
    public override Tensor Loss(VisionLanguageModel model) => F.cross_entropy(Outputs(model), labels);
}
