namespace Das.Tests.Parity;

/// <summary>Recordings of decoders in Hugging Face's form: forward passes, greedy continuations, and skipping with adapters that learn.</summary>
internal static class DecoderParity
{
    /// <summary>The published code's label of a position that counts for nothing.</summary>
    private const long Ignored = 0;

    /// <summary>Rotary frequencies, every layer's output of texts alone, rows of a padded batch, a continuation with and without a cache.</summary>
    public static void Model(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        using Llama model = Load(recorded, json, config => config with { InLayerBottleneck = 0 });
        Check("rope_inv_freq", tensor(model.Config.RotaryFrequencies()));

        Dictionary<string, Tensor> texts = inputs.Where(t => t.Key.StartsWith("seq.")).ToDictionary(t => t.Key.Split('/')[0], t => t.Value);
        foreach ((string text, Tensor ids) in texts)
        {
            Dictionary<string, Tensor> said = Pass(model, Continuations.Batch(Continuations.Longs(ids)));
            int compared = 0;
            foreach ((string name, Tensor value) in expected.Below($"{text}/"))
            {
                compared++;
                Tensor ours = said[name == "last_logits" ? "logits" : name];
                Check($"{text}/{name}", name == "last_logits" ? ours.narrow(0, ours.shape[0] - value.shape[0], value.shape[0]) : ours);
            }
            Assert.NotEqual(0, compared);
        }
        CheckBatch(recorded, json, model, inputs, texts, expected);

        Tensor prompt = texts[$"seq.{json.GetProperty("greedy").Int("prompt")}"];
        TokenBatch alone = Continuations.Batch(Continuations.Longs(prompt));
        Continuations.Check($"{recorded.Id}/greedy", json, model, alone, [alone], expected["greedy/tokens"].unsqueeze(0),
            expected["greedy/step_logits"].unsqueeze(0));

        void Check(string name, Tensor ours) => LlamaParity.Allowed(json, name).Check($"{recorded.Id}/{name}", expected[name], ours);
    }

    /// <summary>Adapters on a model of another case: forward passes, gradients, steps of AdamW, a continuation.</summary>
    public static void Skipping(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), adapter = json.GetProperty("config").GetProperty("adapter");
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        TokenBatch batch = LlamaParity.Batch(inputs);
        Tensor labels = inputs["labels"].narrow(1, 1, inputs["labels"].shape[1] - 1).flatten(), learnt = labels.ne(zeros_like(labels)).nonzero().squeeze(1);
        using (Llama bare = Load(recorded, json, config => config with { InLayerBottleneck = 0 }))
            Compare("logits_no_adapters_at_labels", LlamaParity.Pass(bare, batch, learnt)["logits_at_labels"]);

        using Llama model = Load(recorded, json, config => config with
        {
            InLayerBottleneck = adapter.Int("dim"), ReplacementBottleneck = adapter.Int("replaced_hidden"), AdapterPlaces = adapter.String("type"),
            AdapterScale = adapter.Number("scale"),
        });
        Fill(model, TensorFile.Read(Path.Combine(recorded.Folder, json.String("adapters_file"))));
        foreach (SkipMask skipped in LlamaParity.Masks(json))
        {
            model.Skipped = skipped;
            Dictionary<string, Tensor> said = LlamaParity.Pass(model, batch, learnt);
            string variant = LlamaParity.Variant(skipped);
            string[] names = [.. expected.Below($"{variant}/").Keys.Where(said.ContainsKey)];
            Assert.Contains("loss", names);
            foreach (string name in names)
                Compare($"{variant}/{name}", name.StartsWith("layer_out") ? said[name].narrow(0, 0, expected[$"{variant}/{name}"].shape[0]) : said[name]);
        }
        CheckContinuation(json, model, inputs, expected);
        CheckSteps(recorded, json, model, batch, expected);

        void Compare(string name, Tensor ours) =>
            LlamaParity.Allowed(json, name.Split('/')[^1]).Check($"{recorded.Id}/{name}", expected[name], ours);
    }

    /// <summary>The case's folder in a model of the sizes that it states, computed in float32.</summary>
    private static Llama Load(ParityCase recorded, JsonElement json, Func<LlamaConfig, LlamaConfig> change)
    {
        using Checkpoint file = CheckpointFiles.Open(Path.Combine(recorded.Folder, json.String("model_dir")));
        LlamaConfig config = BackboneCatalog.Get("llama").Configure(JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject(), null, "backbone.config")
            .Deserialize<LlamaConfig>(JsonSerializerOptions.Web)!;
        Llama model = new(change(config with { Dtype = "float32", MaxLength = Continuations.Room }));
        LoadResult loaded = CheckpointLoader.LoadInto(model, file, model.PretrainedRules);
        Assert.All(loaded.Missing, name => Assert.Contains("adapter", name));
        Assert.Empty(loaded.Ignored);
        model.eval();
        return model;
    }

    private static void Fill(Llama model, Dictionary<string, Tensor> adapters)
    {
        using IDisposable frozen = no_grad();
        Dictionary<string, Tensor> places = model.state_dict();
        Assert.Equal(places.Keys.Where(name => name.Contains("adapter")).Order(), adapters.Keys.Order());
        foreach ((string name, Tensor value) in adapters) places[name].copy_(value);
    }

    /// <summary>What a text alone makes, by the recordings' names.</summary>
    private static Dictionary<string, Tensor> Pass(Llama model, TokenBatch text)
    {
        Sequence sequence = model.Assemble(text);
        IReadOnlyList<Tensor> states = model.HiddenStates(sequence, [.. Enumerable.Range(0, 1 + model.Config.Layers)]);
        Tensor hidden = model.Hidden(sequence);
        Dictionary<string, Tensor> named = Enumerable.Range(0, model.Config.Layers).ToDictionary(i => $"layer_out.{i}", i => states[i + 1][0]);
        (named["layer_in"], named["final_norm"], named["logits"]) = (states[0][0], hidden[0], model.Logits(hidden)[0]);
        return named;
    }

    /// <summary>A padded row says what its text says alone.</summary>
    private static void CheckBatch(ParityCase recorded, JsonElement json, Llama model, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> texts,
        Dictionary<string, Tensor> expected)
    {
        Tensor ids = inputs["batch/input_ids"], mask = inputs["batch/attention_mask"];
        int[] lengths = [.. Continuations.Longs(mask.sum(1)).Select(length => (int)length)];
        Tensor logits = model.Logits(model.Hidden(model.Assemble(new(ids, lengths))));
        for (int row = 0; row < lengths.Length; row++)
        {
            long[] own = Continuations.Longs(ids[row])[..lengths[row]];
            string text = texts.Single(t => Continuations.Longs(t.Value).SequenceEqual(own)).Key;
            LlamaParity.Allowed(json, "logits").Check($"{recorded.Id}/batch/{row}", expected[$"{text}/logits"], logits[row].narrow(0, 0, lengths[row]));
        }
    }

    private static void CheckContinuation(JsonElement json, Llama model, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected)
    {
        using IDisposable frozen = no_grad();
        JsonElement greedy = json.GetProperty("greedy");
        model.Skipped = SkipMask.Of(greedy.Ints("skip_list"));
        int row = greedy.Int("prompt");
        int prompt = Continuations.Longs(inputs["labels"][row]).TakeWhile(label => label == Ignored).Count();
        TokenBatch text = Continuations.Batch(Continuations.Longs(inputs["examples"][row])[..prompt]);
        foreach (bool cached in (bool[])[true, false])
            Assert.Equal(Continuations.Longs(expected[$"{LlamaParity.Variant(model.Skipped)}/greedy/tokens"]).Select(id => (int)id),
                Continuations.Texts(model, text, new(greedy.Int("new_tokens"), -1) { UsesCache = cached })[0]);
    }

    private static void CheckSteps(ParityCase recorded, JsonElement json, Llama model, TokenBatch batch, Dictionary<string, Tensor> expected)
    {
        JsonElement train = json.GetProperty("train"), allowed = json.GetProperty("tolerance");
        model.Skipped = SkipMask.Of(train.Ints("skip_list"));
        string variant = LlamaParity.Variant(model.Skipped);
        model.train();
        model.FreezeForAdapters();
        Dictionary<string, Parameter> learning = model.named_parameters().Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => p.parameter);
        double[] betas = train.Numbers("betas");
        double? clip = train.GetProperty("clip_grad").ValueKind == JsonValueKind.Number ? train.Number("clip_grad") : null;
        using DecoupledAdam optimizer = new(ParameterGroups.Of(learning.Select(p => (p.Key, p.Value)), train.Number("lr"),
            ParameterGroups.Lavin(train.Number("weight_decay"))), betas[0], betas[1], train.Number("eps"), AdamForm.Torch, clip);
        int steps = train.Int("steps");
        for (int step = 0; step <= steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = LanguageObjective.Loss(model, batch);
            LanguageTrainingParity.Within(allowed.GetProperty("train/loss_per_step")).Check($"{recorded.Id}/loss{step}",
                expected[$"{variant}/train/loss_per_step"][step].item<float>(), loss.item<float>());
            if (step == steps) break;
            loss.backward();
            if (step == 0) CheckGradients();
            optimizer.Step();
            optimizer.ZeroGradients();
        }
        Dictionary<string, Tensor> final = expected.Below($"{variant}/train/final/");
        Assert.NotEmpty(final);
        foreach ((string name, Tensor value) in final)
            LanguageTrainingParity.Within(allowed.GetProperty("train/final")).Check($"{recorded.Id}/final/{name}", value, learning[name]);

        void CheckGradients()
        {
            Assert.Equal(json.GetProperty("expected_json").Texts("tensors_without_gradient").Order(),
                learning.Where(p => p.Value.grad is null).Select(p => p.Key).Order());
            Dictionary<string, Tensor> gradients = expected.Below($"{variant}/grad/");
            Assert.Equal(gradients.Keys.Order(), learning.Where(p => p.Value.grad is not null).Select(p => p.Key).Order());
            foreach ((string name, Tensor value) in gradients)
                LanguageTrainingParity.Within(allowed.GetProperty("grad")).Check($"{recorded.Id}/grad/{name}", value, learning[name].grad!);
        }
    }
}
