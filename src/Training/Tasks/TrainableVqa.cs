namespace Das.Training.Tasks;

/// <summary>Questions about pictures.</summary>
internal sealed class TrainableVqa() : FusedTask<VqaTable, VqaPrediction>(TaskKinds.Vqa)
{
    public override TaskHeads Heads(DatasetManifest dataset, Backbone backbone) => new(VqaAnswers: dataset.Answers.Count);

    public override IReadOnlyList<TaskPrediction> Predict(TaskInputs inputs, string split)
    {
        int[] answers = Classify(inputs, split, "questions answered");
        using VqaTable table = TaskKinds.Vqa.Open(inputs.Dataset, split);
        return [.. answers.Select((answer, i) => VqaPrediction.Of(table[i], answer, inputs.Dataset.Answers))];
    }

    private protected override string TextOf(VqaTable table, int index) => table[index].Question;

    private protected override Func<int[], long, Func<TaskBatch>> Batches(TaskInputs inputs, VqaTable table, FusedSplit made) => (indices, position) =>
    {
        VqaSample[] samples = [.. indices.Select(i => table[i])];
        ImageBatch images = made.Images.Batch([.. indices.Select(table.RowOf)], position);
        TextBatch questions = made.Texts(samples.Select(s => s.Question));
        return () =>
        {
            (Tensor ids, Tensor mask) = made.ToTensors(questions);
            return new VqaBatch(made.Images.ToTensor(images), ids, mask,
                VqaObjective.Targets([.. samples.Select(s => s.Labels)], [.. samples.Select(s => s.Scores)], inputs.Dataset.Answers.Count, inputs.Device));
        };
    };
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
