namespace Das.Tests.Parity;

/// <summary>Recordings of GGUF files: every type of tensor and of metadata, decoders, and files made to harm.</summary>
internal static class GgufParity
{
    /// <summary>Bytes beside the idle process that a refusal may take.</summary>
    private const long Bound = 100 << 20;

    public static void Types(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> expected = recorded.Tensors("expected");
        using GgufFile file = GgufFile.Open(PathOf(recorded, json));
        Assert.Equal(json.Items("tensor_list").Select(tensor => (tensor.String("name"), string.Join(',', tensor.Longs("shape")))),
            file.Names.Select(name => (name, string.Join(',', file.Shape(name)))));
        foreach ((string name, Tensor value) in expected)
            LlamaParity.Allowed(json, "values").Check($"{recorded.Id}/{name}", value, file.Read(name).to(ScalarType.Float32));
        foreach (JsonProperty value in json.GetProperty("metadata").EnumerateObject()) AssertSame(value.Name, value.Value, file.Value(value.Name));
    }

    public static void Model(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read(), notes = json.GetProperty("expected_json"), greedy = json.GetProperty("greedy");
        Dictionary<string, Tensor> expected = recorded.Tensors("expected");
        CheckVocabulary(recorded, json);
        using Checkpoint file = CheckpointFiles.Open(PathOf(recorded, json));
        using Llama model = Load(file);
        long[][] texts = [.. notes.Items("input_ids").Select(ids => ids.Longs())];
        for (int i = 0; i < texts.Length; i++)
        {
            Tensor logits = Logits(model, texts[i]);
            string name = expected.ContainsKey($"seq.{i}/logits") ? $"seq.{i}/logits" : $"seq.{i}/last_logits";
            long rows = expected[name].shape[0];
            LlamaParity.Allowed(json, "logits").Check($"{recorded.Id}/{name}", expected[name], logits.narrow(0, logits.shape[0] - rows, rows));
        }
        List<long> said = [.. texts[greedy.Int("prompt")]];
        for (int i = 0; i < greedy.Int("new_tokens"); i++) said.Add(Logits(model, [.. said])[-1].argmax().item<long>());
        Assert.Equal(Continuations.Longs(expected["greedy/tokens"]), said.TakeLast(greedy.Int("new_tokens")));
    }

    public static void Hostile(ParityCase recorded)
    {
        foreach (JsonElement entry in recorded.Read().Items("hostile"))
        {
            string path = Path.Combine(recorded.Folder, entry.String("file"));
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exception? thrown = Record.Exception(() => CheckpointFiles.Open(path).Dispose());
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Bound);
            if (thrown is null && entry.TryGetProperty("accept_ok", out JsonElement accepted) && accepted.GetBoolean()) continue;
            DasException refused = Assert.IsType<DasException>(thrown);
            Assert.Equal(ErrorKind.Checkpoint, refused.Kind);
            Assert.Contains(path, refused.Message);
            string said = refused.Message.Replace(path, "", StringComparison.Ordinal);
            Assert.True(entry.Texts("refusal_contains_any").Any(word => said.Contains(word, StringComparison.OrdinalIgnoreCase)),
                $"{entry.String("file")}, {entry.String("what")}: {said}");
        }
    }

    /// <summary>A file's model of the sizes that it states, computed in float32.</summary>
    public static Llama Load(Checkpoint file)
    {
        JsonObject stated = JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject();
        LlamaConfig config = JsonSerializer.Deserialize<LlamaConfig>(Llama.Backbone.Configure(stated, null, "sizes"), JsonSerializerOptions.Web)!;
        Llama model = new(config with { Dtype = "float32" });
        CheckpointLoader.LoadInto(model, file, model.PretrainedRules);
        model.eval();
        return model;
    }

    private static string PathOf(ParityCase recorded, JsonElement json) => Path.Combine(recorded.Folder, json.String("gguf_file"));

    private static void CheckVocabulary(ParityCase recorded, JsonElement json)
    {
        JsonElement tokenizer = json.GetProperty("tokenizer");
        using GgufFile file = GgufFile.Open(PathOf(recorded, json));
        GgufVocabulary vocabulary = file.Vocabulary!;
        Assert.Equal((tokenizer.String("model"), tokenizer.String("pre"), tokenizer.Int("size"), tokenizer.Flag("add_bos")),
            (vocabulary.Model, vocabulary.Pre, vocabulary.Tokens.Count, vocabulary.AddBegin == true));
        Assert.Equal(vocabulary.Tokens.Count, vocabulary.Types.Count);
        Assert.Equal(json.GetProperty("config").Int("eos_token_id"), vocabulary.Special["eos"]);
    }

    /// <returns>(T, V).</returns>
    private static Tensor Logits(Llama model, long[] text) => model.Logits(model.Hidden(model.Assemble(Continuations.Batch(text))))[0];

    private static void AssertSame(string key, JsonElement expected, object? actual)
    {
        switch (actual)
        {
            case string text: Assert.Equal(expected.GetString(), text); break;
            case bool flag: Assert.Equal(expected.GetBoolean(), flag); break;
            case float number: Assert.Equal(expected.GetSingle(), number); break;
            case double number: Assert.Equal(expected.GetDouble(), number); break;
            case ulong number: Assert.Equal(expected.GetUInt64(), number); break;
            case Array list:
                Assert.Equal(expected.GetArrayLength(), list.Length);
                foreach ((JsonElement entry, object own) in expected.EnumerateArray().Zip(list.Cast<object>())) AssertSame(key, entry, own);
                break;
            default: Assert.Equal(expected.GetInt64(), Convert.ToInt64(actual, CultureInfo.InvariantCulture)); break;
        }
    }
}
