namespace Das.Training;

/// <summary>How long to train and how often to save.</summary>
/// <param name="MicroSteps">Forward and backward passes in all.</param>
/// <param name="Accumulate">Micro-steps per optimizer step; the loss is divided by it.</param>
/// <param name="Seed">The recipe's seed: dropout at micro-step t is a function of both.</param>
/// <param name="SaveEvery">Time between saved states; what is computed does not depend on it.</param>
public sealed record TrainingPlan(long MicroSteps, int Accumulate, int Seed, TimeSpan SaveEvery)
{
    /// <summary>
    /// Time between looks at the losses; what is computed does not depend on it. A GPU is asked now and then: it would stand idle after each
    /// micro-step until the next ones are launched.
    /// </summary>
    public TimeSpan ReadEvery { get; init; }

    /// <summary>The plan of a stage.</summary>
    /// <param name="optimization">Its part of the recipe.</param>
    /// <param name="epochs">Its length; a fraction of a micro-step is dropped.</param>
    /// <param name="microStepsPerEpoch">See <see cref="EpochStream.BatchesPerEpoch"/>.</param>
    /// <param name="seed">The recipe's.</param>
    public static TrainingPlan Of(OptimizationRecipe optimization, double epochs, int microStepsPerEpoch, int seed) =>
        new((long)(microStepsPerEpoch * epochs), optimization.Batch / optimization.MicroBatch, seed, TimeSpan.FromSeconds(20));

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
    private const string Step = "trainer.step", Losses = "trainer.losses", Model = "model.", Optimizer = "optimizer.", Task = "task.";
    private readonly List<float> losses = [];
    private readonly Queue<Tensor> unread = [];
    private long step;

    /// <summary>Trains to the end of the plan and returns the loss of every micro-step.</summary>
    /// <param name="task">The loss and the stage's own state.</param>
    /// <param name="progress">Called after every micro-step with (done, total, last loss).</param>
    /// <param name="note">Told where a saved state cannot be gone on from, so that training starts anew.</param>
    /// <param name="cancellation">Looked at before every micro-step; the state is saved first.</param>
    /// <exception cref="InvalidOperationException">The loss is not finite.</exception>
    public IReadOnlyList<float> Run(ITrainingTask task, Action<long, long, float> progress, Action<string> note, CancellationToken cancellation)
    {
        if (File.Exists(statePath)) Resume(task, note);
        long end = plan.End;
        long saved = Stopwatch.GetTimestamp(), read = saved;
        while (step < end)
        {
            if (cancellation.IsCancellationRequested)
            {
                Read();
                if (step > 0 && step % plan.Accumulate == 0) Save(task);
                cancellation.ThrowIfCancellationRequested();
            }
            unread.Enqueue(MicroStep(task));
            step++;
            if (step == end || Stopwatch.GetElapsedTime(read) >= plan.ReadEvery)
            {
                Read();
                read = Stopwatch.GetTimestamp();
            }
            if (step % plan.Accumulate == 0)
            {
                optimizer.Step(schedule(step / plan.Accumulate - 1));
                optimizer.ZeroGradients();
                if (Stopwatch.GetElapsedTime(saved) >= plan.SaveEvery && step < end)
                {
                    Read();
                    Save(task);
                    saved = Stopwatch.GetTimestamp();
                }
            }
        }
        return losses;

        void Read()
        {
            while (unread.TryDequeue(out Tensor? loss))
            {
                losses.Add(Value(loss));
                progress(losses.Count, end, losses[^1]);
            }
        }
    }

    /// <returns>Its loss, on the device; the caller's.</returns>
    private Tensor MicroStep(ITrainingTask task)
    {
        using var scope = NewDisposeScope();
        manual_seed(unchecked((long)Seeds.Of(plan.Seed, "dropout", step)));
        Tensor loss = task.Loss(step);
        Recomputed.Backward(plan.Accumulate == 1 ? loss : loss.Times(1.0 / plan.Accumulate));
        return loss.detach().DetachFromDisposeScope();
    }

    /// <summary>A loss that is not finite is refused before it comes into a saved state.</summary>
    private float Value(Tensor loss)
    {
        using (loss)
        {
            float value = loss.item<float>();
            return float.IsFinite(value) ? value
                : throw new DasException(ErrorKind.Training,
                    $"The training loss became {value} at micro-step {losses.Count}. Lower the learning rate, or look at the data of "
                    + "that step.");
        }
    }

    private void Save(ITrainingTask task)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> state = [(Step, tensor(step)), (Losses, tensor(losses.ToArray()))];
        state.AddRange(parameters.Select(p => (Model + p.Name, (Tensor)p.Parameter)));
        state.AddRange(optimizer.State().Select(s => (Optimizer + s.Key, s.Value)));
        state.AddRange(task.State().Select(s => (Task + s.Name, s.Value)));
        SafetensorsWriter.Write(statePath, state, new Dictionary<string, string>(), seal: true);
    }

    /// <summary>Goes on from the saved state. One that a fault of the disk left damaged is put aside, as the next attempt would find it again.</summary>
    /// <exception cref="DasException">It was found damaged only after a part of it had been taken over.</exception>
    private void Resume(ITrainingTask task, Action<string> note)
    {
        using var scope = NewDisposeScope();
        bool changed = false;
        try
        {
            Dictionary<string, Tensor> saved = Whole();
            changed = true;
            using (no_grad())
                foreach ((string name, TorchSharp.Modules.Parameter parameter) in parameters) parameter.copy_(saved[Model + name]);
            optimizer.LoadState(saved.Where(s => s.Key.StartsWith(Optimizer, StringComparison.Ordinal)).ToDictionary(s => s.Key[Optimizer.Length..],
                s => s.Value));
            task.Restore(name => saved.TryGetValue(Task + name, out Tensor? value) ? value : throw Lacks(Task + name));
            step = saved[Step].item<long>();
            losses.AddRange(saved[Losses].data<float>().ToArray());
        }
        catch (DasException damage)
        {
            string aside = statePath + ".damaged";
            File.Move(statePath, aside, overwrite: true);
            if (changed) throw new DasException(damage.Kind, $"{damage.Message} It is kept as '{aside}'; retry the run: this stage then starts anew.", damage);
            note($"The saved state cannot be gone on from, so training starts anew: {damage.Message} It is kept as '{aside}'.");
        }
    }

    /// <summary>All tensors of the saved state.</summary>
    /// <exception cref="DasException">It is damaged, by as little as one bit, or of another training.</exception>
    private Dictionary<string, Tensor> Whole()
    {
        SafetensorsSeal.Check(statePath);
        using Checkpoint file = Checkpoint.Open(statePath);
        Dictionary<string, Tensor> saved = file.Names.ToDictionary(name => name, file.Read);
        return Unlike(saved) is { } name ? throw Lacks(name) : saved;
    }

    private DasException Lacks(string name) => new(ErrorKind.Checkpoint, $"'{statePath}' holds no '{name}' of this training.");

    /// <summary>A tensor that the state lacks or has in another shape; null where it is whole.</summary>
    private string? Unlike(Dictionary<string, Tensor> saved)
    {
        if (!saved.TryGetValue(Step, out Tensor? at) || at.dtype != ScalarType.Int64 || at.numel() != 1) return Step;
        if (!saved.TryGetValue(Losses, out Tensor? past) || past.dtype != ScalarType.Float32 || past.numel() != at.item<long>()) return Losses;
        return parameters.Select(p => (Name: Model + p.Name, p.Parameter.shape))
            .FirstOrDefault(p => !saved.TryGetValue(p.Name, out Tensor? value) || !value.shape.SequenceEqual(p.shape)).Name;
    }
}
