namespace Das.Training.Tasks;

/// <summary>A kind of task with tensors: what it needs of a model, its batches with their loss, and what a finished model predicts.</summary>
public abstract class TrainableTask
{
    /// <summary>The same without tensors.</summary>
    public abstract TaskKind Kind { get; }

    /// <summary>The heads that its batches read.</summary>
    public abstract TaskHeads Heads(DatasetManifest dataset, Backbone backbone);

    /// <summary>The family of models that can do it.</summary>
    public abstract ModelFamily Family { get; }

    /// <summary>Rows of the token type table (method §2.2).</summary>
    public virtual int TokenTypes => 2;

    /// <summary>A split of the dataset as batches for the model.</summary>
    /// <param name="inputs">Both of them.</param>
    /// <param name="split">train, val, test or what else the dataset has.</param>
    /// <param name="purpose">Tells its draws from those of other splits: <c>train</c>, <c>reward</c>, <c>evaluate</c>.</param>
    /// <param name="augment">Whether pictures are augmented.</param>
    /// <param name="keep">Whether kept outputs of frozen parts stand in for pictures where the recipe allows that.</param>
    /// <exception cref="DasException">The model is of a family that cannot do the task.</exception>
    public abstract TaskSplit Open(TaskInputs inputs, string split, string purpose, bool augment = false, bool keep = true);

    /// <summary>
    /// What the model, in eval mode, says to every sample of a split. It is kept batch by batch (<see cref="TaskContext.Resume"/>, under the split's name),
    /// so that an interrupted evaluation goes on behind its last batch.
    /// </summary>
    /// <returns>In the order in which they are scored.</returns>
    public abstract IReadOnlyList<TaskPrediction> Predict(TaskInputs inputs, string split);
}

/// <summary>Every kind of task that can be trained. A new one is a file and a line here.</summary>
public static class TrainableTasks
{
    private static readonly Dictionary<TaskKind, TrainableTask> Known =
        new TrainableTask[] { new TrainableVqa(), new TrainablePairs(), new TrainableRetrieval(), new TrainableLanguage() }.ToDictionary(task => task.Kind);

    /// <exception cref="NotSupportedException">It has data, but no line here.</exception>
    public static TrainableTask Of(TaskKind kind) =>
        Known.TryGetValue(kind, out TrainableTask? task) ? task : throw new NotSupportedException($"The task {kind.Name} cannot be trained yet.");
}
