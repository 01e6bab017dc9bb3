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

    private TraceParity(ParityCase recorded, double stepSize)
    {
        this.recorded = recorded;
        JsonElement json = recorded.Read();
        trace = json.GetProperty("trace");
        tolerance = new(json.GetProperty("tolerance").GetProperty("scores").Number("abs"), 0);
        expected = recorded.Tensors("expected");
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs");
        int candidates = (int)expected.First(t => t.Key.StartsWith("nas_select")).Value.shape[1];
        processes = [.. Enumerable.Range(0, json.TryGetProperty("world_size", out JsonElement size) ? size.GetInt32() : 1)
            .Select(_ => new SkipPolicy(Number("n_layers"), Number("skipped_num"), candidates, stepSize))];
        foreach (SkipPolicy policy in processes)
            if (inputs.TryGetValue("initial_scores", out Tensor? scores)) scores.data<float>().CopyTo(policy.Preferences);
    }

    /// <summary>LaVIN's published constants.</summary>
    public static SearchRecipe Lavin { get; } = new() { StepSize = 0.05, Every = 0 };

    /// <summary>LLaVA's published constants, and the recorded warm-up.</summary>
    public static SearchRecipe Llava(JsonElement search) =>
        new() { StepSize = 0.1, Every = 3, WarmupSteps = search.Int("warmup_steps") - 1, Curriculum = true };

    /// <summary>Whether a micro-step of LaVIN ends with an update. The published counter starts anew with every epoch (method §8 B9), so each has a
    /// schedule of its own, whose warm-up lasts as long as the part of the epoch that is over is less than what is asked for.</summary>
    /// <param name="search">Iterations of an epoch, the warm-up, and the epoch that is the first.</param>
    public static Func<int, bool> LavinIsDue(JsonElement search)
    {
        int iterations = search.Int("iterations");
        double warmup = search.Number("nas_warmup_epoch"), start = search.TryGetProperty("start_epoch", out JsonElement first)
            ? first.GetDouble() : 0;
        UpdateSchedule[] epochs = [.. Enumerable.Range(0, 1 + (int)Math.Ceiling(warmup)).Select(epoch => UpdateSchedule.Of(Lavin with
        {
            WarmupSteps = Enumerable.Range(0, iterations).FirstOrDefault(step => ((double)step / iterations) + start + epoch >= warmup, iterations),
        }, iterations))];
        return step => epochs[Math.Min(step / iterations, epochs.Length - 1)].IsDue(step % iterations);
    }

    /// <summary>Every process rewards against its own average.</summary>
    public static void CheckLavin(ParityCase recorded)
    {
        JsonElement trace = recorded.Read().GetProperty("trace");
        TraceParity run = new(recorded, Lavin.StepSize);
        run.Replay(LavinIsDue(trace), UpdateSchedule.Of(Lavin, run.Number("iterations")), "train_select", "nas_iteration", "nas_select",
            "scores_after_iteration",
            compared => [.. compared.Select(candidates => candidates.Average(c => c.Reward))], divisor: run.processes.Length);
    }

    /// <summary>All processes reward against their common average. The published code ran as one process divides both by 4 all the same; ours does
    /// not.</summary>
    public static void CheckLlava(ParityCase recorded)
    {
        JsonElement trace = recorded.Read().GetProperty("trace");
        SearchRecipe recipe = Llava(trace);
        UpdateSchedule updates = UpdateSchedule.Of(recipe, microStepsPerEpoch: 1);
        TraceParity run = new(recorded, recipe.StepSize);
        int divisor = trace.String("emulate") == "one_process_as_published" ? PublishedDivisor : run.processes.Length;
        run.Replay(step => updates.IsDue(step), updates, "train_select_padded", "nas_step", "nas_select_padded", "scores_after_step",
            compared => [.. compared.Select(_ => compared.Sum(candidates => candidates.Average(c => c.Reward)) / divisor)], divisor);
    }

    private void Replay(Func<int, bool> isDue, UpdateSchedule updates, string trained, string updated, string compared, string after,
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
            Assert.Equal(update < due.Length && due[update] == step, isDue(step));
            if (isDue(step)) Update(expected[compared][update], update++, baselines, divisor);
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

    private int Number(string key) => trace.Int(key);
}
