using Das.Contracts;
using Das.Training.Tasks;

namespace Das.Training;

/// <summary>A dataset, a model and an optimizer put together as a recipe says: what the search and the fine-tuning share.</summary>
public sealed class TaskTraining : IDisposable
{
    private readonly OptimizationRecipe optimization;
    private readonly Action<string> log;
    private readonly TaskInputs inputs;
    private readonly TaskSplit train;
    private readonly EpochStream stream;
    private readonly DecoupledAdam optimizer;
    private readonly Func<long, double> schedule;
    private readonly IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> parameters;

    /// <param name="context">The recipe and the dataset.</param>
    /// <param name="optimization">The stage's part of the recipe.</param>
    /// <param name="epochs">The stage's length.</param>
    /// <param name="removed">The layers the model does without; null while searching.</param>
    public TaskTraining(TaskContext context, OptimizationRecipe optimization, double epochs, SkipMask? removed)
    {
        (this.optimization, log) = (optimization, context.Log);
        Recipe recipe = context.Recipe;
        Device device = Devices.Resolve(recipe.Device);
        context.ComputesOn(device);
        Dataset = DatasetManifest.Load(context.Dataset);
        Kind = TrainableTasks.Of(Dataset.Task);
        Heads = Kind.Heads(Dataset, BackboneCatalog.Get(recipe.Backbone.Name));
        Model = ModelFiles.FromPretrained(recipe.Backbone, Heads, Kind.TokenTypes, optimization.Dropout, recipe.Seed, device, removed);
        Model.Recomputes = optimization.Recompute;
        inputs = new(context, Dataset, Model, BackboneFiles.Vocabulary(recipe.Backbone), device, () => BackboneFiles.WeightsDigest(recipe.Backbone),
            optimization);
        train = Kind.Open(inputs, "train", "train", optimization.Augment);
        context.LeftOut.Add(train.LeftOut);
        stream = new(train.Count, optimization.MicroBatch, recipe.Seed, "train");
        MicroStepsPerEpoch = stream.PerEpoch;

        Plan = TrainingPlan.Of(optimization, epochs, MicroStepsPerEpoch, recipe.Seed) with
        {
            ReadEvery = device.type == DeviceType.CPU ? TimeSpan.Zero : TimeSpan.FromSeconds(1),
        };
        if (Plan.OptimizerSteps == 0)
            throw new DasException(ErrorKind.Recipe,
                $"{epochs} epochs of {MicroStepsPerEpoch} micro-steps do not make one optimizer step of {Plan.Accumulate}. Raise epochs "
                + "or lower batch.");
        parameters = [.. Model.named_parameters().Where(p => p.parameter.requires_grad)];
        optimizer = new(ParameterGroups.Of(parameters, optimization.LearningRate, ParameterGroups.Named(optimization)), optimization.Beta1, optimization.Beta2,
            optimization.Epsilon, optimization.Optimizer == "torch" ? AdamForm.Torch : AdamForm.Transformers, optimization.Clip);
        schedule = LearningRates.Of(optimization, epochs, Plan.OptimizerSteps, (double)MicroStepsPerEpoch / Plan.Accumulate);
    }

    public DatasetManifest Dataset { get; }
    public TrainableTask Kind { get; }
    public TaskHeads Heads { get; }
    public BackboneModel Model { get; }
    public TrainingPlan Plan { get; }
    public int MicroStepsPerEpoch { get; }

    /// <summary>Rows of the splits opened so far that are not trained on, or not whole.</summary>
    public LeftOutRows LeftOut => inputs.Context.LeftOut;

    /// <summary>Another split for the same model, its pictures not augmented.</summary>
    /// <param name="split">A split of the dataset.</param>
    /// <param name="purpose">Tells its draws from those of other splits.</param>
    public TaskSplit Open(string split, string purpose)
    {
        TaskSplit opened = Kind.Open(inputs, split, purpose);
        inputs.Context.LeftOut.Add(opened.LeftOut);
        return opened;
    }

    /// <summary>The loss (scalar) of training micro-step <paramref name="step"/>.</summary>
    public Tensor Loss(long step)
    {
        int[] indices = [.. stream[step]];
        return train.Load(indices, step, next => stream[step + 1 + next]).Loss(Model);
    }

    /// <summary>Trains to the end of the plan, resuming from <paramref name="statePath"/> if it exists.</summary>
    public IReadOnlyList<float> Run(ITrainingTask task, string statePath, Action<long, long, float> progress, CancellationToken cancellation)
    {
        Model.train();
        return new Trainer(parameters, optimizer, schedule, Plan, statePath).Run(task, progress, log, cancellation);
    }

    /// <summary>Points of the curves of training after micro-step <paramref name="done"/>: the loss and the base learning rate.</summary>
    public IEnumerable<KeyValuePair<string, double>> Curves(long done, float loss) =>
        [new(CurveNames.Loss, loss), new(CurveNames.LearningRate, optimization.LearningRate * schedule(Math.Max(0, done - 1) / Plan.Accumulate))];

    public void Dispose()
    {
        optimizer.Dispose();
        Model.Dispose();
        train.Dispose();
    }
}
