namespace Das.Tests.Parity;

/// <summary>
/// Recordings of LLaVA with DAS's adapters: its files, forward passes, image features, greedy continuations. The published sequences
/// begin with a select token that ours do without (method §5.2): they are compared from the second position on, padding left out.
/// </summary>
internal static class LlavaParity
{
    /// <summary>What the recorded names have in front of those of the tower's own file.</summary>
    private const string TowerFolder = "vision_tower.vision_tower.";

    /// <summary>The base model in two layouts, the tower and the fine-tuned tensors of their own: together the recorded weights.</summary>
    public static void Files(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        using Checkpoint whole = Weights(LlamaParity.Weights(recorded, json), json);
        Checkpoint[] files = [.. Folders(recorded).Select(folder => CheckpointFiles.Open(folder))];
        Checkpoint[] decoders = [.. files.Where(file => file.Contains("tok_embeddings.weight"))];
        Checkpoint finetuned = files.Except(decoders).Single(file => file.Names.Any(name => name.Contains("adapter"))),
            tower = files.Except(decoders).Single(file => file != finetuned);
        Assert.NotEmpty(decoders);
        string[] expected = [.. whole.Names.Where(name => !name.Contains("rotary_emb"))];
        foreach (Checkpoint decoder in decoders)
            foreach (string name in expected)
            {
                (Checkpoint file, string theirs) = name.StartsWith(TowerFolder) ? (tower, name[TowerFolder.Length..])
                    : (finetuned.Contains(name) ? finetuned : decoder, name);
                Tolerance.Exact.Check($"{decoder.Path}/{name}", whole.Read(name), file.Read(theirs));
            }
        Assert.Equal(expected.Where(name => name.Contains("adapter") || name.Contains("ffn_norm")
            || name.Contains("mm_projector")).Order(), finetuned.Names.Order());
        foreach (Checkpoint file in files) file.Dispose();
    }

    /// <summary>The folders of a case's files.</summary>
    public static IEnumerable<string> Folders(ParityCase recorded) => recorded.Read().GetProperty("files").EnumerateObject()
        .Select(file => Path.GetDirectoryName(Path.Combine(recorded.Folder, file.Name))!).Where(folder => folder != recorded.Folder).Distinct();

    public static void Forward(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        TokenBatch batch = Batch(inputs);
        Tensor valid = expected["spliced_attention_mask"];
        int[] starts = [.. Rows(valid).Select(row => Array.IndexOf(row, 1L))], lengths = [.. Rows(valid).Select(row => row.Count(mark => mark == 1))];
        foreach (SkipMask skipped in LlamaParity.Masks(json))
        {
            using Llava model = Load(recorded, json, json.String("mode") == "finetune" ? skipped : null);
            model.Skipped = skipped;
            void Check(string name, Tensor value, Tensor ours) =>
                LlamaParity.Allowed(json, name).Check($"{recorded.Id}/{LlamaParity.Variant(skipped)}/{name}", value, ours);
            int compared = 0;
            foreach ((string name, Tensor ours) in Pass(model, batch))
                if (expected.TryGetValue($"{LlamaParity.Variant(skipped)}/{name}", out Tensor? value) || expected.TryGetValue(name, out value))
                    for (int row = 0; row < lengths.Length; row++, compared++)
                        Check(name, value[row].narrow(0, starts[row] + 1, lengths[row]), ours[row].narrow(0, 0, lengths[row]));
            Assert.InRange(compared, lengths.Length, int.MaxValue);
            foreach (string mode in (string[])["eval", "train"])
            {
                model.train(mode == "train");
                Sequence sequence = model.Assemble(batch);
                Assert.Equal(lengths, sequence.Lengths);
                Check("loss", expected[$"{LlamaParity.Variant(skipped)}/{mode}/loss"], LanguageObjective.Loss(model, batch).view(1));
                if (!expected.TryGetValue($"{LlamaParity.Variant(skipped)}/{mode}/logits_last_position", out Tensor? last)) continue;
                Tensor logits = model.Logits(model.Hidden(sequence));
                for (int row = 0; row < lengths.Length; row++)
                    if (starts[row] + lengths[row] == valid.shape[1]) Check($"{mode}/logits_last_position", last[row], logits[row][lengths[row] - 1]);
            }
            model.eval();
            SameLabels(Rows(expected["spliced_labels"]), Rows(model.Assemble(batch).Labels!), starts, lengths);
            CheckImages(recorded, json, model, inputs["images"], expected);
            if (json.TryGetProperty("tensors_without_influence_on_loss", out JsonElement idle))
                LlamaParity.AssertIdle(model, batch, idle.Texts(LlamaParity.Variant(skipped)).Select(MetasName));
        }
    }

    public static void Features(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        using Llava model = Load(recorded, json, null);
        CheckImages(recorded, json, model, recorded.Tensors("inputs")["images"], recorded.Tensors("expected"));
    }

    /// <summary>The recordings without a cache: the published one shows the select token and shifts positions (method §8 B20).</summary>
    public static void Generate(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        long[][] prompts = [.. Enumerable.Range(0, json.Int("n_prompts")).Select(i => Continuations.Longs(inputs[$"prompt.{i}"]))];
        using Llava model = Load(recorded, json, null);
        foreach (SkipMask skipped in LlamaParity.Masks(json))
        {
            model.Skipped = skipped;
            Tensor Recorded(string name, double padding) => nn.utils.rnn.pad_sequence(
                prompts.Select((_, i) => expected[$"{LlamaParity.Variant(skipped)}/prompt.{i}/nocache/{name}"]), batch_first: true, padding);
            int Images(IEnumerable<long[]> texts) => texts.Sum(text => Math.Max(1, text.Count(id => id == TokenBatch.ImageToken)));
            TokenBatch Prompts(int from, int count) => Continuations.Batch(prompts[from..(from + count)]) with
            {
                Image = inputs["images"].narrow(0, Images(prompts[..from]), Images(prompts[from..(from + count)])),
            };
            Continuations.Check($"{recorded.Id}/{LlamaParity.Variant(skipped)}", json, model, Prompts(0, prompts.Length),
                [.. prompts.Select((_, i) => Prompts(i, 1))], Recorded("tokens", -1), Recorded("step_logits", 0));
        }
    }

    /// <summary>The recorded weights in a model of the recorded sizes.</summary>
    public static Llava Load(ParityCase recorded, JsonElement json, SkipMask? removed)
    {
        using Checkpoint weights = Weights(LlamaParity.Weights(recorded, json), json);
        return LlamaParity.Filled(weights, new Llava(Config(json.GetProperty("config")), removed));
    }

    /// <summary>The recorded rows without their padding.</summary>
    public static TokenBatch Batch(IReadOnlyDictionary<string, Tensor> inputs)
    {
        long[][] ids = Rows(inputs["input_ids"]), labels = Rows(inputs["labels"]), marks = Rows(inputs["attention_mask"]);
        long[][] Valid(long[][] rows) => [.. rows.Select((row, b) => row.Where((_, i) => marks[b][i] == 1).ToArray())];
        return Continuations.Batch(Valid(ids)) with
        {
            Labels = Continuations.Batch(Valid(labels)).Ids, Image = inputs["images"],
                HasImage = [.. Valid(ids).Select(row => row.Contains(TokenBatch.ImageToken))],
        };
    }

    /// <summary>The recorded file under Meta's names: a folder of Hugging Face's with the recorded sizes.</summary>
    private static Checkpoint Weights(string file, JsonElement json)
    {
        using TemporaryFolder folder = new();
        File.Copy(file, folder["model.safetensors"]);
        folder.Write("config.json", json.GetProperty("config").GetProperty("llama").GetRawText());
        return CheckpointFiles.Open(folder.Path); // open: it outlives its name
    }

    private static LlavaConfig Config(JsonElement config)
    {
        JsonElement llama = config.GetProperty("llama"), vision = config.GetProperty("vision");
        int Size(string key) => llama.Int(key);
        int Tower(string key) => vision.Int(key);
        LlavaConfig own = new()
        {
            VocabSize = Size("vocab_size"), Dim = Size("hidden_size"), Hidden = Size("intermediate_size"), Layers = Size("num_hidden_layers"),
                Heads = Size("num_attention_heads"),
            NormEps = llama.Number("rms_norm_eps"), Dtype = "float32",
            MaxLength = config.TryGetProperty("tokenizer_model_max_length", out JsonElement longest) ? longest.GetInt32() : Continuations.Room,
            InLayerBottleneck = config.Int("dim_adapt") / 2, ReplacementBottleneck = config.Int("dim_replace"),
            ClipWidth = Tower("hidden_size"), ClipHidden = Tower("intermediate_size"), ClipLayers = Tower("num_hidden_layers"),
                ClipHeads = Tower("num_attention_heads"),
            ImageSize = Tower("image_size"), PatchSize = Tower("patch_size"),
        };
        return !config.TryGetProperty("mm_projector_type", out JsonElement projector) ? own : own with
        {
            Projector = projector.GetString()!, SelectLayer = config.Int("mm_vision_select_layer"),
                SelectFeature = config.String("mm_vision_select_feature"),
        };
    }

    /// <summary>What enters, what leaves every layer, and the logits, as recorded with (B, S + 1, …).</summary>
    private static Dictionary<string, Tensor> Pass(Llava model, TokenBatch batch)
    {
        using IDisposable frozen = no_grad();
        Sequence sequence = model.Assemble(batch);
        IReadOnlyList<Tensor> states = model.HiddenStates(sequence, [.. Enumerable.Range(0, 1 + model.Config.Layers)]);
        Dictionary<string, Tensor> named = Enumerable.Range(0, model.Config.Layers).ToDictionary(i => $"layer_out.{i}", i => states[i + 1]);
        (named["layer_in"], named["eval/logits"]) = (states[0], model.Logits(model.Hidden(sequence)));
        return named;
    }

    private static void CheckImages(ParityCase recorded, JsonElement json, Llava model, Tensor pixels, Dictionary<string, Tensor> expected)
    {
        using IDisposable frozen = no_grad();
        Tensor features = model.ImageTower(pixels);
        LlamaParity.Allowed(json, "features").Check($"{recorded.Id}/image_features_tower", expected["image_features_tower"], features);
        LlamaParity.Allowed(json, "features").Check($"{recorded.Id}/image_features_projected", expected["image_features_projected"], model.Project(features));
    }

    private static void SameLabels(long[][] recorded, long[][] ours, int[] starts, int[] lengths)
    {
        for (int row = 0; row < lengths.Length; row++) Assert.Equal(recorded[row][starts[row]..(starts[row] + lengths[row])], ours[row][..lengths[row]]);
    }

    private static long[][] Rows(Tensor table) => [.. Enumerable.Range(0, (int)table.shape[0]).Select(row => Continuations.Longs(table[row]))];

    private static string MetasName(string name) => (name.StartsWith("model.") ? name["model.".Length..] : name)
        .Replace("embed_tokens", "tok_embeddings").Replace("lm_head", "output")
            .Replace("input_layernorm", "attention_norm").Replace("post_attention_layernorm", "ffn_norm")
        .Replace("self_attn.q_proj", "attention.wq").Replace("self_attn.k_proj", "attention.wk")
            .Replace("self_attn.v_proj", "attention.wv").Replace("self_attn.o_proj", "attention.wo")
        .Replace("mlp.gate_proj", "feed_forward.w1").Replace("mlp.down_proj", "feed_forward.w2").Replace("mlp.up_proj", "feed_forward.w3");
}
