namespace Das.Tests.Parity;

/// <summary>Recordings of LLaMA with DAS's adapters: forward passes with every layer's output, and greedy continuations.</summary>
internal static class LlamaParity
{
    /// <summary>The published code's label of a position that counts for nothing.</summary>
    private const long Ignored = 0;

    public static void Forward(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        TokenBatch batch = Batch(inputs);
        Tensor learnt = expected["loss_labels"].ne(zeros_like(expected["loss_labels"])).nonzero().squeeze(1);
        foreach (SkipMask skipped in Masks(json))
        {
            using Llama model = Load(recorded, json, json.String("mode") == "finetune" ? skipped : null);
            model.Skipped = skipped;
            Dictionary<string, Tensor> actual = Pass(model, batch, learnt);
            int compared = 0;
            foreach ((string name, Tensor value) in expected.Below(Variant(skipped) + "/"))
            {
                compared++;
                if (value.isnan().all().item<bool>() && value.numel() > 0) Assert.True(actual[name].isnan().all().item<bool>(), name);
                else Allowed(json, name).Check($"{recorded.Id}/{Variant(skipped)}/{name}", value, actual[name]);
            }
            Assert.NotEqual(0, compared);
            Allowed(json, "layer_in").Check($"{recorded.Id}/layer_in", expected["layer_in"], actual["layer_in"]);
            if (json.TryGetProperty("tensors_without_influence_on_loss", out JsonElement idle))
                AssertIdle(model, batch, idle.Texts(Variant(skipped)));
        }
    }

    /// <summary>Prompts with their beginning of text, as the published code trains and does not generate (method §8 B13b): the recordings without its
    /// cache.</summary>
    public static void Generate(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> expected = recorded.Tensors("expected");
        string[] texts = json.Texts("prompts");
        using Llama model = Load(recorded, json, null, Continuations.Room);
        foreach (SkipMask skipped in Masks(json))
        {
            model.Skipped = skipped;
            string variant = Variant(skipped);
            Tensor rows = expected[$"{variant}/tokens_before_eos_cut"];
            long[][] prompts = [.. texts.Select((text, row) => PieceParity.Spoken(recorded, text, Continuations.Longs(rows[row]), bos: true))];
            Continuations.Check($"{recorded.Id}/{variant}", json, model, Continuations.Batch(prompts),
                [.. prompts.Select(prompt => Continuations.Batch(prompt))],
                expected[$"{variant}/nocache/tokens"], expected[$"{variant}/nocache/step_logits"]);
        }
    }

    /// <summary>What is left of a distribution before a token is drawn.</summary>
    public static void TopP(ParityCase recorded)
    {
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        double[] thresholds = recorded.Read().Numbers("top_p");
        for (int i = 0; i < thresholds.Length; i++)
            for (int row = 0; row < inputs["probs"].shape[1]; row++)
            {
                double[] given = inputs["probs"][i][row].to(ScalarType.Float64).data<double>().ToArray();
                (int[] tokens, double[] kept) = Nucleus.Filter(given, thresholds[i]);
                new Tolerance(1e-6, 0).Check($"{recorded.Id}/{i}/{row}", expected[$"filtered_sorted_probs.{i}"][row],
                    tensor([.. kept, .. new double[given.Length - kept.Length]]));
                Assert.Equal(expected[$"token_of_first_rank.{i}"][row].item<long>(), tokens[0]);
            }
    }

    /// <summary>The recorded weights in a model of the recorded sizes, finished without the removed layers.</summary>
    public static Llama Load(ParityCase recorded, JsonElement json, SkipMask? removed, int? longest = null)
    {
        LlamaConfig config = Config<LlamaConfig>(json.GetProperty("config"));
        return Filled(recorded, json, new Llama(config with { MaxLength = longest ?? config.MaxLength }, removed));
    }

    /// <summary>The recorded weights in a model, all of whose they are.</summary>
    public static T Filled<T>(ParityCase recorded, JsonElement json, T model) where T : LlamaDecoder
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(Weights(recorded, json));
        return Filled(checkpoint, model);
    }

    /// <inheritdoc cref="Filled{T}(ParityCase, JsonElement, T)"/>
    public static T Filled<T>(Checkpoint checkpoint, T model) where T : LlamaDecoder
    {
        Assert.Empty(CheckpointLoader.LoadInto(model, checkpoint, model.PretrainedRules).Missing);
        model.eval();
        return model;
    }

    /// <summary>The file of the case's weights, which may be another case's; a case of checkpoints says in words whose.</summary>
    public static string Weights(ParityCase recorded, JsonElement json) => Path.Combine(recorded.Folder,
        json.TryGetProperty("weights_file", out JsonElement other) ? other.GetString()!
        : json.TryGetProperty("expect", out JsonElement words) && Regex.Match(words.GetString()!, @"[\w./-]+\.safetensors") is { Success: true } named
            ? named.Value
        : "weights.safetensors");

    /// <summary>The recorded skip lists; none is the whole model.</summary>
    public static IEnumerable<SkipMask> Masks(JsonElement json) => json.Items("skip_lists").Select(list => SkipMask.Of(list.Ints()));

    /// <summary>How expected tensors are named: <c>skip=none</c>, <c>skip=1,3</c>.</summary>
    public static string Variant(SkipMask skipped) => skipped.Count == 0 ? "skip=none" : $"skip={string.Join(',', skipped)}";

    public static Tolerance Allowed(JsonElement json, string name)
    {
        JsonElement allowed = json.GetProperty("tolerance").GetProperty(name == "loss" ? "loss" : "float");
        return new(allowed.Number("abs"), allowed.TryGetProperty("rel", out JsonElement relative) ? relative.GetDouble() : 0);
    }

    /// <summary>The recorded rows, whose padding id 0 is not marked as such: every position counts as text.</summary>
    public static TokenBatch Batch(IReadOnlyDictionary<string, Tensor> inputs)
    {
        Tensor ids = inputs["examples"], labels = inputs["labels"];
        Tensor ignored = full_like(labels, TokenBatch.Ignored);
        return new(ids, [.. Enumerable.Repeat((int)ids.shape[1], (int)ids.shape[0])], where(labels.eq(full_like(labels, Ignored)), ignored, labels));
    }

    /// <summary>The recorded sizes, in the family's form.</summary>
    public static T Config<T>(JsonElement config) where T : LlamaConfig, new()
    {
        JsonElement sizes = config.GetProperty("params"), adapter = config.GetProperty("adapter");
        int bottleneck = adapter.Int("dim");
        return new T() with
        {
            VocabSize = config.Int("vocab_size"), Dim = sizes.Int("dim"), Layers = sizes.Int("n_layers"),
            Heads = sizes.Int("n_heads"), MultipleOf = sizes.Int("multiple_of"), NormEps = sizes.Number("norm_eps"),
            MaxLength = config.Int("max_seq_len"), InLayerBottleneck = bottleneck, ReplacementBottleneck = 4 * bottleneck,
            AdapterPlaces = adapter.String("type"), AdapterScale = adapter.Number("scale"), Dtype = "float32",
        };
    }

    public static Dictionary<string, Tensor> Pass(LlamaDecoder model, TokenBatch batch, Tensor learnt)
    {
        using IDisposable frozen = no_grad();
        Sequence sequence = model.Assemble(batch);
        IReadOnlyList<Tensor> states = model.HiddenStates(sequence, [.. Enumerable.Range(0, 1 + model.Config.Layers)]);
        Tensor logits = model.Logits(model.Hidden(sequence)), before = logits.narrow(1, 0, logits.shape[1] - 1).flatten(0, 1);
        Dictionary<string, Tensor> named = new()
        {
            ["layer_in"] = states[0], ["logits"] = logits, ["logits_at_labels"] = before.index_select(0, learnt),
                ["loss"] = LanguageObjective.Loss(model, batch).view(1),
        };
        for (int i = 0; i < model.Config.Layers; i++) named[$"layer_out.{i}"] = states[i + 1];
        return named;
    }

    /// <summary>Exactly the recorded tensors get no gradient; the published finished model keeps some that ours does without. Nothing is recorded of
    /// a tower that is frozen for good.</summary>
    public static void AssertIdle(LlamaDecoder model, TokenBatch batch, IEnumerable<string> recorded)
    {
        foreach (Parameter parameter in model.parameters()) parameter.requires_grad = true;
        LanguageObjective.Loss(model, batch).backward();
        (string name, Parameter parameter)[] looked = [.. model.named_parameters().Where(p => !p.name.StartsWith("vision_tower"))];
        HashSet<string> existing = [.. looked.Select(p => p.name)];
        Assert.Equal(recorded.Where(existing.Contains).Order(),
            looked.Where(p => p.parameter.grad is not { } grad || !grad.ne(zeros_like(grad)).any().item<bool>()).Select(p => p.name).Order());
    }
}
