namespace Das.Tests.Parity;

/// <summary>
/// LaVIN's and LLaVA's rule against recorded traces: draws and losses are replayed, every micro-step's preferences compared.
/// Where several processes were recorded, as many policies update themselves and their preferences are averaged.
/// </summary>
internal sealed class TraceParity
{
    /// <summary>What LLaVA divides by whatever the number of processes is.</summary>
    private const int PublishedDivisor = 4;

    private readonly ParityCase recorded;
    private readonly JsonElement trace;
    private readonly Tolerance tolerance;
    private readonly Dictionary<string, Tensor> expected;
    private readonly SkipPolicy[] processes;

    private TraceParity(ParityCase recorded, SearchRecipe recipe)
    {
        this.recorded = recorded;
        JsonElement json = recorded.Read();
        trace = json.GetProperty("trace");
        tolerance = new(json.GetProperty("tolerance").GetProperty("scores").GetProperty("abs").GetDouble(), 0);
        expected = TensorFile.Read(Path.Combine(recorded.Folder, "expected.safetensors"));
        Dictionary<string, Tensor> inputs = TensorFile.Read(Path.Combine(recorded.Folder, "inputs.safetensors"));
        processes = [.. Enumerable.Range(0, json.TryGetProperty("world_size", out JsonElement size) ? size.GetInt32() : 1)
            .Select(_ => new SkipPolicy(Number("n_layers"), Number("skipped_num"), recipe.Candidates, recipe.StepSize))];
        foreach (SkipPolicy policy in processes)
            if (inputs.TryGetValue("initial_scores", out Tensor? scores)) scores.data<float>().CopyTo(policy.Preferences);
    }

    /// <summary>Every process rewards against its own average.</summary>
    public static void CheckLavin(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        SearchRecipe recipe = new() { Candidates = 3, StepSize = 0.05, Every = 0, WarmupEpochs = recorded.Read().GetProperty("trace")
            .GetProperty("nas_warmup_epoch").GetDouble() };
        TraceParity run = new(recorded, recipe);
        run.Replay(UpdateSchedule.Of(recipe, run.Number("iterations")), "train_select", "nas_iteration", "nas_select", "scores_after_iteration",
            compared => [.. compared.Select(candidates => candidates.Average(c => c.Reward))], divisor: run.processes.Length);
    }

    /// <summary>All processes reward against their common average. The published code ran as one process divides both by 4 all the same; ours does
    /// not.</summary>
    public static void CheckLlava(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement trace = recorded.Read().GetProperty("trace");
        SearchRecipe recipe = new() { Candidates = 5, StepSize = 0.1, Every = 3, WarmupSteps = trace.GetProperty("warmup_steps").GetInt32() - 1,
            Curriculum = true };
        TraceParity run = new(recorded, recipe);
        int divisor = trace.GetProperty("emulate").GetString() == "one_process_as_published" ? PublishedDivisor : run.processes.Length;
        run.Replay(UpdateSchedule.Of(recipe, microStepsPerEpoch: 1), "train_select_padded", "nas_step", "nas_select_padded", "scores_after_step",
            compared => [.. compared.Select(_ => compared.Sum(candidates => candidates.Average(c => c.Reward)) / divisor)], divisor);
    }

    private void Replay(UpdateSchedule updates, string trained, string updated, string compared, string after,
        Func<IReadOnlyList<Candidate>[], double[]> baselines, int divisor)
    {
        long[] due = expected[updated].data<long>().ToArray();
        int update = 0;
        for (int step = 0; step < expected[after].shape[0]; step++)
        {
            int[] drawn = Layers(expected[trained][step]);
            Assert.Equal(SkipMask.Of(drawn), processes[0].Sample((_, count) => drawn.Length == count ? drawn
                : throw new InvalidOperationException($"{count} layers are skipped at step {step}, recorded {drawn.Length}."),
                updates.Skipped(step, processes[0].Skip)));
            Assert.Equal(update < due.Length && due[update] == step, updates.IsDue(step));
            if (updates.IsDue(step)) Update(expected[compared][update], update++, baselines, divisor);
            tolerance.Check($"{recorded.Id}/{after}/{step}", expected[after][step], tensor(processes[0].Preferences));
        }
        Assert.Equal(due.Length, update);
        Assert.Equal(SkipMask.Of(Layers(expected["final_choice_ascending_prob"])), processes[0].Choice());
    }

    private void Update(Tensor drawn, int update, Func<IReadOnlyList<Candidate>[], double[]> baselines, int divisor)
    {
        IReadOnlyList<Candidate>[] compared = [.. processes.Select((policy, rank) =>
        {
            Tensor losses = expected.TryGetValue($"nas_loss.{rank}", out Tensor? own) ? own : expected["nas_loss"];
            int draws = 0, evaluated = 0;
            return policy.Compare((_, _) => Layers(drawn[draws++]), _ => losses[update, evaluated++].item<double>());
        })];
        foreach ((SkipPolicy policy, IReadOnlyList<Candidate> candidates, double baseline) in processes.Zip(compared, baselines(compared)))
            policy.Reward(candidates, baseline);

        float[] shared = [.. Enumerable.Range(0, processes[0].Preferences.Length).Select(i => processes.Sum(p => p.Preferences[i]) / divisor)];
        foreach (SkipPolicy policy in processes) shared.CopyTo(policy.Preferences, 0);
    }

    private static int[] Layers(Tensor row) => [.. row.contiguous().data<long>().ToArray().Where(layer => layer >= 0).Select(layer => (int)layer)];

    private int Number(string key) => trace.GetProperty(key).GetInt32();
}
