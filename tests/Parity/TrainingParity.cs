namespace Das.Tests.Parity;

/// <summary>Recorded optimizer steps of fine-tuning and of searching: losses, learning rates, gradients, preferences and parameters.</summary>
internal sealed class TrainingParity
{
    /// <summary>Elements whose gradient is rounding noise may go astray under Adam; the recordings allow fewer than this share.</summary>
    private const double Stragglers = 1e-3;

    private readonly ParityCase recorded;
    private readonly JsonElement json, training, batch, allowed;
    private readonly VisionLanguageModel model;
    private readonly Dictionary<string, Tensor> expected, inputs;
    private readonly Dictionary<string, Parameter> parameters;
    private readonly HashSet<string> incomparable;
    private int compared;

    private TrainingParity(ParityCase recorded, JsonElement json, VisionLanguageModel model)
    {
        (this.recorded, this.json, this.model) = (recorded, json, model);
        (training, allowed) = (json.GetProperty("training"), json.GetProperty("tolerance"));
        batch = training.GetProperty("batch");
        incomparable = [.. allowed.Texts("not_comparable")];
        expected = ViltParity.Tensors(recorded, json, "expected");
        inputs = ViltParity.Tensors(recorded, json, "inputs");
        model.train();
        model.FreezeForAdapters();
        parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
    }

    /// <param name="recorded">A case with a <c>training</c>.</param>
    /// <param name="build">The model from the case and its <c>training</c>, called without gradients.</param>
    public static void Check(ParityCase recorded, Func<JsonElement, JsonElement, VisionLanguageModel> build)
    {
        JsonElement json = recorded.Read();
        VisionLanguageModel model;
        using (no_grad()) model = build(json, json.GetProperty("training"));
        new TrainingParity(recorded, json, model).Run();
        model.Dispose();
    }

    private void Run()
    {
        Assert.Equal(json.Texts("trainable_parameters").Order(), parameters.Where(p => p.Value.requires_grad).Select(p => p.Key).Order());
        JsonElement config = training.GetProperty("config");
        double Number(string key, double absent = 1) => config.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : absent;
        IReadOnlyList<ParameterGroup> groups = ParameterGroups.Of(model.named_parameters(), Number("learning_rate"),
            ParameterGroups.Vilt(Number("lr_mult", Number("lr_mult_head")), Number("weight_decay"), Number("lr_mult_cross_modal")));
        int[] used = SameGroups(groups);

        using DecoupledAdam optimizer = new(groups);
        int maxSteps = training.Int("max_steps");
        Replay? search = training.String("mode") == "search" ? new(json, training, model.CandidateCount) : null;
        foreach (JsonElement trace in json.Items("trace"))
        {
            int step = trace.Int("step");
            double multiplier = OptimizerParity.Multiplier(config, maxSteps, Number("learning_rate"), step);
            for (int g = 0; g < used.Length; g++)
                Assert.Equal(trace.GetProperty("lr_per_group")[used[g]].GetDouble(), groups[g].LearningRate * multiplier, 12);

            if (search is not null) model.Skipped = search.TrainingMask(trace);
            Backward(trace, step);
            search?.Update(trace, this);
            if (trace.TryGetProperty("params_with_grad_none", out JsonElement none))
                Assert.Equal(none.Texts().Order(), parameters.Where(p => p.Value.requires_grad && p.Value.grad is null).Select(p => p.Key).Order());
            Compare($"grad_step{step}/", "grads", name => parameters[name].grad!);
            optimizer.Step(multiplier);
            optimizer.ZeroGradients();
            Compare($"after_step{step}/", "params", name => parameters[name]);
        }
        Compare("final/", "params", name => parameters[name]);
        Assert.Equal(expected.Count, compared);
        search?.End();
    }

    /// <summary>Ours give every parameter the recorded rate and decay; for each of ours, a recorded group with the same.</summary>
    private int[] SameGroups(IReadOnlyList<ParameterGroup> groups)
    {
        JsonElement[] theirs = [.. json.Items("optimizer_groups")];
        Dictionary<string, int> groupOf = theirs.SelectMany((g, i) => g.Texts("params").Select(name => (name, i)))
            .ToDictionary(p => p.name, p => p.i);
        foreach (ParameterGroup group in groups)
            foreach ((string name, Parameter _) in group.Parameters)
            {
                Assert.Equal(theirs[groupOf[name]].Number("initial_lr"), group.LearningRate, 12);
                Assert.Equal(theirs[groupOf[name]].Number("weight_decay"), group.WeightDecay, 12);
            }
        Assert.Equal(parameters.Where(p => p.Value.requires_grad).Select(p => p.Key).Order(), groups.SelectMany(g => g.Parameters).Select(p => p.Name).Order());
        return [.. groups.Select(g => groupOf[g.Parameters[0].Name])];
    }

    private void Backward(JsonElement trace, int step)
    {
        JsonElement losses = trace.GetProperty("losses").GetProperty("total");
        int[][] rows = training.TryGetProperty("micro_batches", out JsonElement micro) ? [.. micro.EnumerateArray().Select(m => m.Ints())] : [[]];
        Assert.Equal(rows.Length, losses.GetArrayLength());
        for (int m = 0; m < rows.Length; m++)
        {
            Tensor loss = Batch(batch.String("inputs"), rows[m]).Loss(model);
            Tolerance.Read(allowed.GetProperty("losses")).Check($"{recorded.Id}/loss{step}", losses[m].GetDouble(), loss.item<float>());
            loss.div(rows.Length).backward();
        }
    }

    /// <summary>The recorded batch, or those rows of it. What is known of the reward's batch, <c>val</c>, stands beside it.</summary>
    private TaskBatch Batch(string prefix, int[] rows)
    {
        Dictionary<string, Tensor> all = inputs.Below(prefix + "/");
        if (rows.Length > 0) all = all.ToDictionary(t => t.Key, t => t.Value.index_select(0, tensor(rows)));
        JsonElement Described(string key) => training.TryGetProperty($"{prefix}_{key}", out JsonElement own) ? own : batch.GetProperty(key);
        T[] Of<T>(IReadOnlyList<T> values) => rows.Length == 0 ? [.. values] : [.. rows.Select(row => values[row])];
        switch (training.String("task"))
        {
            case "vqa":
                return new VqaBatch(all["image"], all["text_ids"], all["text_masks"], VqaObjective.Targets(
                    Of(ViltParity.Labels(Described("vqa_labels"))), Of(ViltParity.Scores(Described("vqa_scores"))), model.Heads.VqaAnswers));
            case "nlvr2":
                bool[] answers = Of([.. Described("answers").EnumerateArray().Select(a => a.GetBoolean())]);
                return new PairBatch(all["image_0"], all["image_1"], all["text_ids"], all["text_masks"], tensor([.. answers.Select(a => a ? 1L : 0L)]));
            default:
                return TaskParity.Ranking(all, training.GetProperty("config").Int("draw_false_text"),
                    training.TryGetProperty("label_permutation", out JsonElement permutation) ? TaskParity.Exchanged(all, permutation) : null);
        }
    }

    private void Compare(string prefix, string kind, Func<string, Tensor> ours)
    {
        foreach ((string name, Tensor value) in expected.Below(prefix))
        {
            compared++;
            if (!incomparable.Contains(name) && !incomparable.Contains(prefix + name))
                Tolerance.Read(allowed.GetProperty(kind)).Check($"{recorded.Id}/{prefix}{name}", value, ours(name), kind == "params" ? Stragglers : 0);
        }
    }

    /// <summary>The DAS rule beside the training, its draws replayed.</summary>
    private sealed class Replay
    {
        private readonly SkipPolicy policy;
        private readonly Queue<int[]> draws;
        private readonly int searchEpochs;

        public Replay(JsonElement json, JsonElement training, int candidates)
        {
            JsonElement config = training.GetProperty("config");
            JsonElement[] drawn = [.. json.Items("draws")];
            draws = new(drawn.Select(d => d.Ints("drawn")));
            policy = new(candidates, drawn[0].Int("n"), config.Int("das_step"));
            searchEpochs = config.Int("das_epoch");
        }

        public SkipMask TrainingMask(JsonElement trace) => trace.Int("epoch") < searchEpochs ? policy.Sample(Drawn) : policy.Choice();

        public void Update(JsonElement trace, TrainingParity owner)
        {
            Tolerance losses = Tolerance.Read(owner.allowed.GetProperty("losses")), gates = Tolerance.Read(owner.allowed.GetProperty("gates"));
            JsonElement[] theirs = [.. trace.Items("candidate_losses")];
            int at = 0;
            if (theirs.Length > 0)
                policy.Update(Drawn, skipped =>
                {
                    using IDisposable frozen = no_grad();
                    owner.model.Skipped = skipped;
                    double loss = owner.Batch("val", []).Loss(owner.model).item<float>();
                    losses.Check($"{owner.recorded.Id}/candidate{at}", theirs[at++].GetDouble(), loss);
                    return loss;
                });
            gates.Check($"{owner.recorded.Id}/gates", tensor(trace.Floats("gates_after")), tensor(policy.Preferences));
            if (trace.TryGetProperty("selection_at_epoch_end", out JsonElement selection))
                Assert.Equal(SkipMask.Of(selection.Ints()), policy.Choice());
        }

        public void End() => Assert.Empty(draws);

        private int[] Drawn(ReadOnlySpan<float> weights, int count) => draws.Dequeue();
    }
}
