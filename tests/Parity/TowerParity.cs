namespace Das.Tests.Parity;

/// <summary>Recorded hidden states of pretrained towers: pictures through an image tower, sentences through a text tower. The weights lie elsewhere.</summary>
internal static class TowerParity
{
    private const string Pixels = "pixels_", Layer = "layer_", Vocabulary = "vocabulary";

    public static void Check(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read(), allowed = json.GetProperty("tolerance");
        string weights = Path.GetFullPath(Path.Combine(recorded.Folder, json.String("weights")));
        Assert.SkipUnless(Path.Exists(weights), $"{weights} is not there.");
        Tolerance tolerance = new(allowed.Number("abs"), allowed.Number("rel"));
        Dictionary<string, Tensor> inputs = Read("inputs_file"), expected = Read("expected_file");
        using Checkpoint file = CheckpointFiles.Open(Path.GetExtension(weights) == ".gguf" ? weights : Path.GetDirectoryName(weights)!); // with its config.json
        List<string> compared = [];
        foreach ((string name, Tensor value) in inputs.ContainsKey("ids") ? Text(recorded, json, file, inputs, expected) : Image(file, inputs, expected))
        {
            tolerance.Check($"{recorded.Id}/{name}", inputs.TryGetValue("mask", out Tensor? mask) ? Valid(expected[name], mask) : expected[name], value);
            compared.Add(name);
        }
        Assert.Equal(expected.Keys.Order(), compared.Order());

        Dictionary<string, Tensor> Read(string role) => TensorFile.Read(Path.Combine(recorded.Folder, json.String(role)));
    }

    /// <summary>Of every batch of pictures of one size, what is expected of them.</summary>
    private static IEnumerable<(string Name, Tensor Value)> Image(Checkpoint file, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected)
    {
        JsonObject stated = JsonNode.Parse(file.Metadata[Checkpoint.VisionKey])!.AsObject();
        int Size(string key) => (int)stated[key]!;
        foreach ((string batch, Tensor pixels) in inputs.Below(Pixels))
        {
            VisionSizes sizes = new(Size("clipWidth"), Size("clipHeads"), Size("clipLayers"), Size("patchSize"), (int)pixels.shape[2],
                Hidden: (int?)stated["clipHidden"]) { Form = VisionForm.Of((string?)stated["visionTower"]) };
            using VisionTower tower = new(sizes);
            VisionInit.From(tower, file);
            tower.eval();
            Tensor last = tower.forward(pixels);
            foreach ((string name, Tensor value) in expected.Where(e => e.Key.EndsWith($"_{batch}")))
            {
                string what = name[..^(batch.Length + 1)];
                Tensor ours = what switch
                {
                    "last" => last,
                    "mean" => last.mean([1]),
                    "embeddings" => tower.HiddenStates(pixels, 0)[0],
                    _ => tower.HiddenStates(pixels, Depth(what))[0],
                };
                yield return (name, what == "mean" ? ours : ours.narrow(1, 0, value.shape[1]));
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Value)> Text(ParityCase recorded, JsonElement json, Checkpoint file, Dictionary<string, Tensor> inputs,
        Dictionary<string, Tensor> expected)
    {
        JsonObject stated = JsonNode.Parse(file.Metadata[Checkpoint.TextKey])!.AsObject();
        (Tensor ids, Tensor mask) = (inputs["ids"].to(ScalarType.Int64), inputs["mask"].to(ScalarType.Int64));
        if (json.TryGetProperty(Vocabulary, out JsonElement vocabulary))
        {
            WordPiece tokenizer = WordPiece.Load(Path.Combine(recorded.Folder, vocabulary.GetString()!));
            foreach ((string sentence, int row) in json.Texts("sentences").Select((sentence, row) => (sentence, row)))
                Assert.Equal(Continuations.Longs(ids[row]), tokenizer.Encode(sentence, (int)ids.shape[1]).Ids);
        }
        MeterConfig config = JsonSerializer.Deserialize<MeterConfig>(Meter.Backbone.Configure(stated, new JsonObject
        {
            ["numLayers"] = 1, ["imageSize"] = 16, ["patchSize"] = 16, ["clipLayers"] = 0, ["clipWidth"] = 16, ["clipHeads"] = 1,
            ["maxTextLength"] = ids.shape[1],
        }, "sizes"), JsonSerializerOptions.Web)!;
        using Meter model = new(config, new TaskHeads());
        model.eval();
        MeterInit.FromText(model, file);
        foreach (string name in expected.Keys)
            yield return (name, Valid(name switch
            {
                "embeddings" => model.TextEncoder.HiddenStates(ids, mask, 0)[0],
                "last" => model.TextTower(ids, mask),
                _ => model.TextEncoder.HiddenStates(ids, mask, Depth(name))[0],
            }, mask));
    }

    private static int Depth(string name) => int.Parse(name[Layer.Length..], CultureInfo.InvariantCulture);

    /// <summary>(n, D): the positions that are no padding.</summary>
    private static Tensor Valid(Tensor states, Tensor mask) => states.flatten(0, 1).index_select(0, mask.flatten().nonzero().flatten());
}
