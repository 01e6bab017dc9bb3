namespace Das.Training;

/// <summary>How long to train and how often to save.</summary>
/// <param name="MicroSteps">Forward and backward passes in all.</param>
/// <param name="Accumulate">Micro-steps per optimizer step; the loss is divided by it.</param>
/// <param name="Seed">The recipe's seed: dropout at micro-step t is a function of both.</param>
/// <param name="SaveEvery">Time between saved states; what is computed does not depend on it.</param>
public sealed record TrainingPlan(long MicroSteps, int Accumulate, int Seed, TimeSpan SaveEvery)
{
    /// <summary>Optimizer steps: a rest shorter than <see cref="Accumulate"/> is dropped (method §2.6).</summary>
    public long OptimizerSteps => MicroSteps / Accumulate;

    /// <summary>Micro-steps that are part of an optimizer step.</summary>
    public long End => OptimizerSteps * Accumulate;
}

/// <summary>What a stage adds to the loop: its loss, and state of its own that must survive an interruption.</summary>
public interface ITrainingTask
{
    /// <summary>The loss (scalar, differentiable) of micro-step <paramref name="step"/>.</summary>
    Tensor Loss(long step);

    /// <summary>State beyond weights and optimizer, by name.</summary>
    IEnumerable<(string Name, Tensor Value)> State() => [];

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    void Restore(Func<string, Tensor> read) { }
}

/// <summary>
/// The only training loop. Weights, optimizer moments, position and losses are saved together in one file, so an
/// interrupted run goes on from a consistent point and ends with the bits of an undisturbed one.
/// </summary>
/// <param name="parameters">The parameters that learn, by name.</param>
/// <param name="optimizer">Updates them.</param>
/// <param name="schedule">Optimizer step → factor on every group's learning rate.</param>
/// <param name="plan">Length and saving.</param>
/// <param name="statePath">Where the resumable state lies; read at the start if it exists.</param>
public sealed class Trainer(IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> parameters, DecoupledAdam optimizer,
    Func<long, double> schedule, TrainingPlan plan, string statePath)
{
    private const string Step = "trainer.step", Losses = "trainer.losses", Optimizer = "optimizer.";
    private readonly List<float> losses = [];
    private long step;

    /// <summary>Trains to the end of the plan and returns the loss of every micro-step.</summary>
    /// <param name="task">The loss and the stage's own state.</param>
    /// <param name="progress">Called after every micro-step with (done, total, last loss).</param>
    /// <param name="cancellation">Looked at before every micro-step; the state is saved first.</param>
    /// <exception cref="InvalidOperationException">The loss is not finite.</exception>
    public IReadOnlyList<float> Run(ITrainingTask task, Action<long, long, float> progress, CancellationToken cancellation)
    {
        if (File.Exists(statePath)) Resume(task);
        long end = plan.End;
        DateTime saved = DateTime.UtcNow;
        while (step < end)
        {
            if (cancellation.IsCancellationRequested)
            {
                if (step > 0 && step % plan.Accumulate == 0) Save(task);
                cancellation.ThrowIfCancellationRequested();
            }
            losses.Add(MicroStep(task));
            step++;
            if (step % plan.Accumulate == 0)
            {
                optimizer.Step(schedule(step / plan.Accumulate - 1));
                optimizer.ZeroGradients();
                if (DateTime.UtcNow - saved >= plan.SaveEvery && step < end)
                {
                    Save(task);
                    saved = DateTime.UtcNow;
                }
            }
            progress(step, end, losses[^1]);
        }
        return losses;
    }

    private float MicroStep(ITrainingTask task)
    {
        using var scope = NewDisposeScope();
        manual_seed(unchecked((long)Seeds.Of(plan.Seed, "dropout", step)));
        Tensor loss = task.Loss(step);
        Recomputed.Backward(plan.Accumulate == 1 ? loss : loss.Times(1.0 / plan.Accumulate));
        float value = loss.item<float>();
        return float.IsFinite(value) ? value
            : throw new DasException(ErrorKind.Training,
                $"The training loss became {value} at micro-step {step}. Lower the learning rate, or look at the data of "
                + "that step.");
    }

    private void Save(ITrainingTask task)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> state = [(Step, tensor(step)), (Losses, tensor(losses.ToArray()))];
        state.AddRange(parameters.Select(p => ("model." + p.Name, (Tensor)p.Parameter)));
        state.AddRange(optimizer.State().Select(s => (Optimizer + s.Key, s.Value)));
        state.AddRange(task.State().Select(s => ("task." + s.Name, s.Value)));
        SafetensorsWriter.Write(statePath, state, new Dictionary<string, string>());
    }

    private void Resume(ITrainingTask task)
    {
        using var scope = NewDisposeScope();
        using Checkpoint file = Checkpoint.Open(statePath);
        using (no_grad())
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in parameters)
                parameter.copy_(file.Read("model." + name));
        optimizer.LoadState(file.Names.Where(n => n.StartsWith(Optimizer, StringComparison.Ordinal)).ToDictionary(n => n[Optimizer.Length..], file.Read));
        task.Restore(name => file.Read("task." + name));
        step = file.Read(Step).item<long>();
        losses.AddRange(file.Read(Losses).data<float>().ToArray());
    }
}
