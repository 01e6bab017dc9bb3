namespace Das.Training.Tasks;

/// <summary>What a dataset and a model need to meet.</summary>
/// <param name="Recipe">The whole recipe.</param>
/// <param name="Optimization">The training stage's part of it; null while evaluating.</param>
/// <param name="Dataset">Ingested.</param>
/// <param name="Vocabulary">The tokenizer's files.</param>
/// <param name="Device">Where tensors lie.</param>
/// <param name="Weights">Digest of the file that the model's frozen parts come from; asked for only where their outputs are kept.</param>
/// <param name="Kept">Folder of kept outputs of frozen parts.</param>
/// <param name="Progress">Called with (inputs done, inputs in all) while such outputs are computed.</param>
/// <param name="Cancellation">Ends that.</param>
public sealed record TaskInputs(Recipe Recipe, OptimizationRecipe? Optimization, DatasetManifest Dataset, IReadOnlyList<string> Vocabulary, Device Device,
    Func<string> Weights, string Kept,
    Action<long, long> Progress, CancellationToken Cancellation);

/// <summary>A dataset's splits as batches for one model.</summary>
public abstract class TaskData
{
    /// <summary>The data in the form that the model's family reads.</summary>
    public static TaskData For(SkippableModel model, TaskInputs inputs) => model switch
    {
        VisionLanguageModel fusing => new FusedData(fusing, inputs),
        LanguageModel decoder => new LanguageData(decoder, inputs),
        _ => throw new NotSupportedException($"No task reads data for {model.GetName()}."),
    };

    /// <param name="split">train, val, test or what else the dataset has.</param>
    /// <param name="purpose">Tells its draws from those of other splits: <c>train</c>, <c>reward</c>, <c>evaluate</c>.</param>
    /// <param name="augment">Whether pictures are augmented.</param>
    /// <param name="keep">Whether kept outputs of frozen parts stand in for pictures where the recipe allows that.</param>
    public abstract ITaskSplit Open(string split, string purpose, bool augment = false, bool keep = true);
}

/// <summary>Texts and images for models that fuse them.</summary>
/// <param name="model">The backbone.</param>
/// <param name="inputs">Data and settings.</param>
public sealed class FusedData(VisionLanguageModel model, TaskInputs inputs) : TaskData
{
    private readonly Tokenizer tokenizer = BackboneFiles.Tokenizer(inputs.Vocabulary);

    public override ITaskSplit Open(string split, string purpose, bool augment = false, bool keep = true)
    {
        Preparation preparation = Prepare(purpose, augment);
        if (keep) preparation = preparation.WithTowers(inputs, split, model);
        return TaskCatalog.Open(inputs.Dataset, split, preparation, (inputs.Optimization ?? inputs.Recipe.Finetune.Optimization).Negatives,
            matching: inputs.Optimization is not null && model.Heads.Itm);
    }

    /// <summary>How samples become tensors.</summary>
    public Preparation Prepare(string purpose, bool augment = false) =>
        TaskCatalog.Prepare(inputs.Recipe, tokenizer, model.MaxTextLength, inputs.Device, purpose, augment);
}
