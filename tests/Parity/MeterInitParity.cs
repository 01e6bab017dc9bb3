namespace Das.Tests.Parity;

/// <summary>METER's towers from the files that their authors published, and position tables for other image sizes.</summary>
internal static class MeterInitParity
{
    public static void CheckClip(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), config = json.GetProperty("config");
        Dictionary<string, Tensor> expected = ViltParity.Tensors(recorded, json, "expected");
        string published = Directory.EnumerateFiles(recorded.Folder, "*.pt").Single();
        using Checkpoint archive = Checkpoint.Open(published), plain = Checkpoint.Open(Path.ChangeExtension(published, ".safetensors"));
        foreach (string name in plain.Names) Tolerance.Exact.Check($"{recorded.Id}/{name}", plain.Read(name), archive.Read(name));

        int Number(string key) => config.Int(key);
        foreach (JsonElement resolution in config.Items("resolutions"))
        {
            using Meter model = new(new MeterConfig
            {
                VocabSize = 10, HiddenSize = 8, NumHeads = 1, NumLayers = 1, TextLayers = 1, TextIntermediate = 8, TextPositions = 10, MaxTextLength = 8,
                ImageSize = resolution.GetInt32(), PatchSize = Number("patch_size"), ClipWidth = Number("vision_width"), ClipHeads = Number("heads"),
                    ClipLayers = Number("vision_layers") - 1,
            }, new TaskHeads());
            model.eval();
            VisionInit.From(model.ImageEncoder, archive);
            Dictionary<string, Parameter> ours = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            Assert.All(json.Texts("vit_model_state_keys").Where(key => !ours.ContainsKey($"vit_model.{key}")), key =>
                Assert.True(model.PretrainedRules.AllowsIgnored($"vit_model.{key}"), key));

            Dictionary<string, Tensor> wanted = expected.Below($"res{resolution.GetInt32()}/");
            Tolerance.Of(json).Check($"{recorded.Id}/features", wanted["features"], model.ImageTower(wanted["image"]));
            double state = double.Parse(json.GetProperty("tolerance").String("state"), CultureInfo.InvariantCulture);
            List<string> compared = [];
            foreach ((string name, Tensor value) in wanted.Below("state/"))
                if (ours.TryGetValue($"vit_model.{name}", out Parameter? parameter))
                {
                    new Tolerance(state, 0).Check($"{recorded.Id}/{name}", value, parameter);
                    compared.Add(name);
                }
                else Assert.True(model.PretrainedRules.AllowsIgnored($"vit_model.{name}"), name);
            Assert.Empty(((string[])["visual.positional_embedding", "visual.conv1.weight"]).Except(compared));
        }
    }

    public static void CheckBert(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        ILookup<bool, string> named = json.Texts("files").Select(file => Path.Combine(recorded.Folder, file))
            .ToLookup(file => Path.GetExtension(file) == ".json");
        JsonElement config = JsonDocument.Parse(File.ReadAllBytes(named[true].Single())).RootElement;
        Tolerance tolerance = Tolerance.Of(json);
        int Number(string key) => config.Int(key);
        using Meter model = new(new MeterConfig
        {
            TextEncoder = config.String("model_type"), VocabSize = Number("vocab_size"), HiddenSize = Number("hidden_size"),
                NumHeads = Number("num_attention_heads"),
            TextLayers = Number("num_hidden_layers"), TextIntermediate = Number("intermediate_size"), TextPositions = Number("max_position_embeddings"),
                MaxTextLength = Number("max_position_embeddings"),
            NumLayers = 1, ImageSize = 16, PatchSize = 8, ClipWidth = 8, ClipHeads = 1, ClipLayers = 1,
        }, new TaskHeads());
        model.eval();
        using Checkpoint file = Checkpoint.Open(named[false].Single());
        MeterInit.FromText(model, file);

        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        Tensor[] states = model.TextEncoder.HiddenStates(inputs["text_ids"], inputs["text_masks"], [.. Enumerable.Range(0, model.Config.TextLayers + 1)]);
        Dictionary<string, Tensor> actual = new()
        {
            ["embeddings"] = states[0],
            ["extended_mask"] = BertTextTower.PaddingBias(inputs["text_masks"], ScalarType.Float32),
        };
        for (int i = 1; i < states.Length; i++) actual[$"layer_{i - 1}"] = states[i];
        foreach ((string name, Parameter value) in model.named_parameters())
        {
            actual[name.Replace("text_transformer.", "state/")] = value;
            if (name == "token4classifier") actual["token4classifier_init"] = value;
        }
        foreach ((string name, Tensor value) in expected)
            (name.StartsWith("state/") ? Tolerance.Exact : tolerance).Check($"{recorded.Id}/{name}", value, actual[name]);
        tolerance.Check($"{recorded.Id}/TextTower", states[^1], model.TextTower(inputs["text_ids"], inputs["text_masks"]));
    }

    /// <summary>ViLT's tables are resized inside a model: as that model's embedding of black patches without other weights. timm's are for ImageNet
    /// weights, which nothing here starts from.</summary>
    public static void CheckPositions(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        Tolerance tolerance = Tolerance.Of(json);
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        int compared = 0;
        foreach (JsonElement item in json.Items("items"))
        {
            string key = item.String("key");
            if (key.StartsWith("timm_")) continue;
            Tensor ours = item.TryGetProperty("h", out JsonElement height)
                ? ViltPositions(inputs[key], item.Int("grid_before"), height.GetInt32(), item.Int("w"))
                : VisionTower.Resized(inputs[key], item.Int("grid_after"));
            tolerance.Check($"{recorded.Id}/{key}", expected[key], ours);
            compared++;
        }
        Assert.Equal(expected.Count(e => !e.Key.StartsWith("timm_")), compared);
    }

    private static Tensor ViltPositions(Tensor table, int grid, int height, int width)
    {
        const int patch = 2;
        using Vilt model = new(new ViltConfig
        {
            VocabSize = 10, HiddenSize = (int)table.shape[2], NumHeads = 1, NumLayers = 1, MaxTextLength = 4, ImageSize = grid * patch, PatchSize = patch,
        }, new TaskHeads());
        model.eval();
        foreach ((string name, Parameter value) in model.named_parameters())
            if (name == "transformer.pos_embed") value.copy_(table);
            else value.zero_();
        PatchLayout layout = PatchLayout.Of(Enumerable.Repeat(true, height * width).ToArray(), 1, height, width);
        return model.VisualEmbeddings(zeros(1, 3, height * patch, width * patch), layout)[0].narrow(0, 1, height * width);
    }
}
