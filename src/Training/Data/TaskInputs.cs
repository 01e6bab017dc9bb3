using Das.Artifacts;

namespace Das.Training.Data;

/// <summary>What a computing stage works on: the same for searching, fine-tuning and evaluating.</summary>
/// <param name="Recipe">The whole recipe.</param>
/// <param name="Dataset">The ingested dataset's folder.</param>
/// <param name="Kept">Folder of kept outputs of frozen parts.</param>
/// <param name="Progress">Called with (done, in all, of what).</param>
/// <param name="Cancellation">Takes effect within one batch.</param>
public sealed record TaskContext(Recipe Recipe, string Dataset, string Kept, Action<long, long, string> Progress, CancellationToken Cancellation)
{
    /// <summary>Rows that are not used, or not whole.</summary>
    public LeftOutRows LeftOut { get; private init; } = [];

    /// <summary>Takes sentences about the work that a person should find later.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Told, for the record, where tensors lie.</summary>
    public Action<Device> ComputesOn { get; private init; } = _ => { };

    /// <summary>
    /// Opens what is kept of a piece of work while it is done: its name, and who takes what an earlier attempt kept of it. Called once for each name.
    /// </summary>
    public required Func<string, Action<byte[]>, SealedRecords> Resume { get; init; }

    public static TaskContext In(StageWorkspace workspace, Recipe recipe, string dataset, CancellationToken cancellation)
    {
        LeftOutRows left = [];
        return new(recipe, dataset, workspace.Shared(KeptTowers.FolderName), (done, total, note) => workspace.Report(done, total, note + left.Note),
            cancellation)
        {
            LeftOut = left,
            Log = workspace.Log,
            ComputesOn = device => workspace.ComputesOn = (device.ToString(), get_num_threads()),
            Resume = (name, take) => Open(workspace, name, take),
        };
    }

    /// <summary>The file of <see cref="Resume"/> in a stage's folder.</summary>
    public static string KeptFile(string name) => $"{name}.kept";

    private static SealedRecords Open(StageWorkspace workspace, string name, Action<byte[]> take)
    {
        SealedRecords kept = new(workspace.File(KeptFile(name)), $"{Path.GetFileName(workspace.Folder)} {name}", take);
        if (kept.Cut > 0)
            workspace.Log($"{KeptFile(name)} was damaged behind its first {kept.Count} records: the rest, {kept.Cut} bytes, is computed again.");
        return kept;
    }
}

/// <summary>A dataset and a model that meet.</summary>
/// <param name="Context">The recipe, and where and how it is worked on.</param>
/// <param name="Dataset">Ingested.</param>
/// <param name="Model">The backbone with the heads of the dataset's task.</param>
/// <param name="Vocabulary">The tokenizer's files.</param>
/// <param name="Device">Where tensors lie.</param>
/// <param name="Weights">Digest of the file that the model's frozen parts come from; asked for only where their outputs are kept.</param>
/// <param name="Optimization">The training stage's part of the recipe; null while evaluating.</param>
public sealed record TaskInputs(TaskContext Context, DatasetManifest Dataset, BackboneModel Model, IReadOnlyList<string> Vocabulary, Device Device,
    Func<string> Weights, OptimizationRecipe? Optimization = null)
{
    public Recipe Recipe => Context.Recipe;

    public Backbone Backbone { get; } = BackboneCatalog.Get(Context.Recipe.Backbone.Name);

    /// <summary>The model as one of the family that the task needs.</summary>
    /// <exception cref="DasException">It is of another.</exception>
    public TModel ModelThat<TModel>(ModelFamily family) where TModel : BackboneModel => Model as TModel
        ?? throw new DasException(ErrorKind.Recipe, family.Refusal(Backbone, Dataset.Benchmark, Dataset.Task)!);
}
