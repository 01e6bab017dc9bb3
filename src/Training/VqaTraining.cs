using Das.Benchmarks.Arrow;
using Das.Benchmarks.Text;
using Das.Models.Skipping;
using Das.Recipes;
using Das.Training.Batches;
using Das.Training.Optimization;
using static TorchSharp.torch;

namespace Das.Training;

/// <summary>A dataset, a model and an optimizer put together as a recipe says: what the search and the fine-tuning share.</summary>
public sealed class VqaTraining : IDisposable
{
    private readonly VqaTable train;
    private readonly VqaBatches batches;
    private readonly EpochStream stream;

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="optimization">The stage's part of it.</param>
    /// <param name="epochs">The stage's length.</param>
    /// <param name="dataset">The ingested dataset's folder.</param>
    /// <param name="removed">The layers the model does without; null while searching.</param>
    public VqaTraining(Recipe recipe, OptimizationRecipe optimization, double epochs, string dataset, SkipMask? removed)
    {
        Device = Devices.Resolve(recipe.Device);
        Manifest = DatasetManifest.Load(dataset);
        Tokenizer = WordPiece.Load(BackboneFiles.Vocabulary(recipe.Backbone));
        Model = VqaModel.FromPretrained(recipe.Backbone, Manifest.Answers.Count, optimization.Dropout, recipe.Seed, Device, removed);
        train = Manifest.OpenSplit("train");
        batches = Batches(train, recipe.Backbone);
        stream = new(train.Count, optimization.MicroBatch, recipe.Seed, "train");
        MicroStepsPerEpoch = stream.PerEpoch;

        int accumulate = optimization.Batch / optimization.MicroBatch;
        Plan = new((long)(MicroStepsPerEpoch * epochs), accumulate, recipe.Seed, TimeSpan.FromSeconds(20));
        if (Plan.OptimizerSteps == 0)
            throw new ArgumentException($"{epochs} epochs of {MicroStepsPerEpoch} micro-steps do not make one optimizer step of {accumulate}. Raise epochs or lower batch.");
        Parameters = [.. Model.Backbone.named_parameters().Where(p => p.parameter.requires_grad)];
        Optimizer = new(ParameterGroups.Of(Parameters, optimization.LearningRate, optimization.HeadMultiplier, optimization.WeightDecay),
            optimization.Beta1, optimization.Beta2, optimization.Epsilon);
        int steps = (int)Plan.OptimizerSteps, warmup = LinearSchedule.WarmupSteps(optimization.Warmup, steps);
        Schedule = step => LinearSchedule.Multiplier((int)step, warmup, steps);
    }

    public Device Device { get; }
    public DatasetManifest Manifest { get; }
    public WordPiece Tokenizer { get; }
    public VqaModel Model { get; }
    public TrainingPlan Plan { get; }
    public int MicroStepsPerEpoch { get; }
    public HfAdamW Optimizer { get; }
    public Func<long, double> Schedule { get; }
    public IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> Parameters { get; }

    /// <summary>Batches of another split for the same model.</summary>
    public VqaBatches Batches(VqaTable table, BackboneRecipe backbone) =>
        new(table, Tokenizer, backbone.ImageSize, Model.Config.MaxTextLength, Manifest.Answers.Count, Device);

    /// <summary>The loss (scalar) of training micro-step <paramref name="step"/>.</summary>
    public Tensor Loss(long step)
    {
        int[] indices = [.. stream[step]];
        return Model.Loss(batches.Load(indices, stream[step + 1]));
    }

    /// <summary>Trains to the end of the plan, resuming from <paramref name="statePath"/> if it exists.</summary>
    public IReadOnlyList<float> Run(ITrainingTask task, string statePath, Action<long, long, float> progress, CancellationToken cancellation)
    {
        Model.Backbone.train();
        return new Trainer(Parameters, Optimizer, Schedule, Plan, statePath).Run(task, progress, cancellation);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Model.Dispose();
        train.Dispose();
    }
}
