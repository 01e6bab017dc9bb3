namespace Das.Training.Tasks;

/// <summary>
/// One split of a benchmark as batches for a model. While one is computed, the next ones, with at least as many samples as there are processors, are prepared
/// on other threads.
/// </summary>
/// <param name="count">How many samples there are.</param>
/// <param name="prepare">
/// Indices and position → what makes the batch. A function of these and the recipe's seed alone that may run on any thread; what it gives runs on
/// the caller's and does no more than move to the device.
/// </param>
/// <param name="owned">Disposed of with the split.</param>
public sealed class TaskSplit(int count, Func<int[], long, Func<TaskBatch>> prepare, params IReadOnlyList<IDisposable> owned) : IDisposable
{
    private readonly Queue<(int[] Indices, long Position, Task<Func<TaskBatch>> Ready)> ahead = [];

    public int Count => count;

    /// <summary>Rows of the split that are not among its samples, or not whole.</summary>
    public LeftOutRows LeftOut { get; init; } = [];

    /// <summary>
    /// The batch of <paramref name="indices"/>. What it holds depends on its arguments and the recipe's seed alone.
    /// </summary>
    /// <param name="indices">Sample numbers.</param>
    /// <param name="position">Micro-step or update: augmentation and drawn negatives are functions of it.</param>
    /// <param name="following">i → the indices of position + 1 + i; null behind the last.</param>
    public TaskBatch Load(IReadOnlyList<int> indices, long position, Func<int, IReadOnlyList<int>?>? following = null)
    {
        if (!ahead.TryPeek(out var next) || next.Position != position || !next.Indices.SequenceEqual(indices)) ahead.Clear();
        Func<TaskBatch> prepared = ahead.TryDequeue(out next) ? next.Ready.GetAwaiter().GetResult() : prepare([.. indices], position);
        int depth = (Environment.ProcessorCount + indices.Count - 1) / indices.Count;
        while (ahead.Count < depth && following?.Invoke(ahead.Count) is { } wanted)
        {
            (int[] later, long at) = ([.. wanted], position + 1 + ahead.Count);
            ahead.Enqueue((later, at, Task.Run(() => prepare(later, at))));
        }
        return prepared();
    }

    public void Dispose()
    {
        foreach (IDisposable own in owned) own.Dispose();
    }
}

/// <summary>What a batch costs: the sizes that a model's cost is a function of.</summary>
/// <param name="Samples">B.</param>
/// <param name="TextTokens">T, padding included.</param>
/// <param name="Image">Pixels, padding included; 0 where features are kept instead.</param>
/// <param name="Passes">Texts fused with images per sample.</param>
public sealed record BatchShape(int Samples, int TextTokens, (int Height, int Width) Image, int Passes);

/// <summary>Samples ready for a model, on its device.</summary>
/// <param name="shape">Its sizes.</param>
/// <param name="tensors">All that it holds.</param>
public abstract class TaskBatch(BatchShape shape, params IReadOnlyList<Tensor> tensors) : IDisposable
{
    public BatchShape Shape => shape;

    /// <summary>What the task's head says of every sample, before any softmax.</summary>
    /// <returns>(B, classes), or (B, 1+n) scores of texts.</returns>
    public abstract Tensor Outputs(BackboneModel model);

    /// <summary>The published training loss (scalar) under the model's current mask.</summary>
    public abstract Tensor Loss(BackboneModel model);

    /// <summary>Outlives the scope it was made in.</summary>
    public TaskBatch Keep()
    {
        foreach (Tensor held in tensors) held.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        foreach (Tensor held in tensors) held.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Samples for models that fuse a text with an image.</summary>
/// <param name="shape">Its sizes.</param>
/// <param name="tensors">All that it holds.</param>
public abstract class FusedBatch(BatchShape shape, params IReadOnlyList<Tensor> tensors) : TaskBatch(shape, tensors)
{
    public sealed override Tensor Outputs(BackboneModel model) => Outputs((VisionLanguageModel)model);

    public sealed override Tensor Loss(BackboneModel model) => Loss((VisionLanguageModel)model);

    /// <inheritdoc cref="Outputs(BackboneModel)"/>
    public abstract Tensor Outputs(VisionLanguageModel model);

    /// <inheritdoc cref="Loss(BackboneModel)"/>
    public abstract Tensor Loss(VisionLanguageModel model);

    /// <summary>Images on their way into the shared layers, be they pixels or kept features of the frozen tower.</summary>
    protected static Embedded Embed(VisionLanguageModel model, Tensor image, int imageType = 1) =>
        image.dim() == 4 ? model.EmbedImage(image, imageType) : model.EmbedImageTower(image, imageType);

    /// <summary>Height and width of a batch of pixels; 0 where features are kept.</summary>
    protected static (int Height, int Width) SizeOf(Tensor image) => image.dim() == 4 ? ((int)image.shape[2], (int)image.shape[3]) : (0, 0);
}
