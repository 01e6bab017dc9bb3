namespace Das.Tests.Parity;

/// <summary>Whole recorded searches of a small model, their draws replayed: losses of every step and every comparison, and the preferences.</summary>
internal static class LanguageSearchParity
{
    /// <summary>LLaMA's: compared on drawn rows of a validation split.</summary>
    public static void CheckLlama(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), search = json.GetProperty("search");
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        double Number(string key) => search.Number(key);
        int iterations = search.Int("iterations");
        using Llama model = LlamaParity.Load(recorded, json, null);
        model.FreezeForAdapters();
        using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters().Select(p => (p.name, p.parameter)), Number("lr"),
            ParameterGroups.Lavin(Number("weight_decay"))), 0.9, 0.95, 1e-8, AdamForm.Torch);
        long blocks = inputs["train_examples"].shape[0];
        Replay(recorded, json, expected, model, optimizer, TraceParity.LavinIsDue(search), UpdateSchedule.Of(TraceParity.Lavin, iterations), TraceParity.Lavin,
            new("train_select", "nas_iteration", "scores_after_iteration"),
            i => CosineSchedule.Multiplier((double)i / iterations, Number("warmup_epochs"), Number("epochs")),
            i => Rows(inputs["train_examples"][i % iterations % blocks], inputs["train_labels"][i % iterations % blocks]),
            (_, update) => Rows(inputs["val_examples"].index_select(0, expected["nas_val_rows"][update]),
                inputs["val_labels"].index_select(0, expected["nas_val_rows"][update])));
    }

    /// <summary>LLaVA's: more layers as it goes on, compared on the rows that are trained on.</summary>
    public static void CheckLlava(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), train = json.GetProperty("train");
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs");
        Match said = Regex.Match(json.String("description"), @"train batch = (\d+) rows?, block call % (\d+)");
        int rows = int.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture), count = int.Parse(said.Groups[2].Value, CultureInfo.InvariantCulture);
        TokenBatch[] blocks = [.. Enumerable.Range(0, count).Select(block =>
            LlavaParity.Batch(inputs.ToDictionary(t => t.Key, t => t.Value.narrow(0, rows * block, rows))))];
        SearchRecipe recipe = TraceParity.Llava(json.GetProperty("search"));
        UpdateSchedule updates = UpdateSchedule.Of(recipe, microStepsPerEpoch: 1);
        using Llava model = LlavaParity.Load(recorded, json, null);
        model.FreezeForAdapters();
        using DecoupledAdam optimizer = LlavaTrainingParity.Optimizer(train, LlavaTrainingParity.Groups(train, model.named_parameters()
            .ToDictionary(p => p.name, p => p.parameter)));
        Replay(recorded, json, recorded.Tensors("expected"), model, optimizer, i => updates.IsDue(i), updates, recipe,
            new("train_select_padded", "nas_step", "scores_after_step"),
            i => CosineSchedule.Multiplier(i, train.Int("warmup_steps"), train.Int("max_steps")),
            i => blocks[i % count], (i, _) => blocks[i % count]);
    }

    private static void Replay(ParityCase recorded, JsonElement json, Dictionary<string, Tensor> expected, LlamaDecoder model, DecoupledAdam optimizer,
        Func<int, bool> isDue, UpdateSchedule updates, SearchRecipe recipe, Recorded names, Func<int, double> multiplier,
        Func<int, TokenBatch> training, Func<int, int, TokenBatch> comparing)
    {
        JsonElement allowed = json.GetProperty("tolerance");
        Tolerance Within(string key) => LanguageTrainingParity.Within(allowed.GetProperty(key));
        string close = allowed.EnumerateObject().Single(tolerance => tolerance.Name.StartsWith("train_loss first ")).Name;
        int early = int.Parse(close.Split(' ')[^1], CultureInfo.InvariantCulture); // rounding grows through training
        int skip = json.GetProperty("search").Int("skipped_num");
        int candidates = (int)expected["nas_select"].shape[1];
        SkipPolicy own = new(model.CandidateCount, skip, candidates, recipe.StepSize), fed = new(model.CandidateCount, skip, candidates, recipe.StepSize);
        long[] due = Continuations.Longs(expected[names.Due]);
        int update = 0;
        model.train();
        for (int i = 0; i < expected[names.After].shape[0]; i++)
        {
            using DisposeScope step = NewDisposeScope();
            int[] drawn = Layers(expected[names.Trained][i]);
            Assert.Equal(updates.Skipped(i, skip), drawn.Length);
            SkipMask trained = SkipMask.Of(drawn);
            model.Skipped = trained;
            Tensor loss = LanguageObjective.Loss(model, training(i));
            Within(i < early ? close : "train_loss later")
                .Check($"{recorded.Id}/loss{i}", expected["train_loss"][i].item<double>(), loss.item<float>());
            Assert.Equal(update < due.Length && due[update] == i, isDue(i));
            if (isDue(i)) Update(i, update++);
            Tensor scores = expected[names.After][i];
            Within("scores (own losses)").Check($"{recorded.Id}/own{i}", scores, tensor(own.Preferences));
            Within("scores (recorded nas_loss fed in)").Check($"{recorded.Id}/fed{i}", scores, tensor(fed.Preferences));
            model.Skipped = trained;
            loss.backward();
            optimizer.Step(multiplier(i));
            optimizer.ZeroGradients();
        }
        Assert.Equal(due.Length, update);
        Assert.Equal(SkipMask.Of(Layers(expected["final_choice_ascending_prob"])), own.Choice());

        void Update(int i, int number)
        {
            using IDisposable frozen = no_grad();
            Tensor drawn = expected["nas_select"][number], losses = expected["nas_loss"][number];
            TokenBatch batch = comparing(i, number);
            int draws = 0, compared = 0;
            model.eval();
            own.Update((_, _) => Layers(drawn[draws++]), skipped =>
            {
                model.Skipped = skipped;
                double loss = LanguageObjective.Loss(model, batch).item<float>();
                Within("nas_loss").Check($"{recorded.Id}/nas{number}", losses[compared++].item<double>(), loss);
                return loss;
            });
            model.train();
            (draws, compared) = (0, 0);
            fed.Update((_, _) => Layers(drawn[draws++]), _ => losses[compared++].item<double>());
        }
    }

    private static TokenBatch Rows(Tensor ids, Tensor labels) => LlamaParity.Batch(new Dictionary<string, Tensor> { ["examples"] = ids, ["labels"] = labels });

    private static int[] Layers(Tensor row) => [.. Continuations.Longs(row).Where(layer => layer >= 0).Select(layer => (int)layer)];

    /// <summary>What a recording calls things.</summary>
    /// <param name="Trained">Skipped layers of every step.</param>
    /// <param name="Due">Steps with a comparison.</param>
    /// <param name="After">Preferences after every step.</param>
    private sealed record Recorded(string Trained, string Due, string After);
}
