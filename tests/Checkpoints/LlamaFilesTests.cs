namespace Das.Tests.Checkpoints;

/// <summary>LLaMA from Hugging Face's folders and llama2.c's files, and what is said of damaged ones. Meta's folders: see the parity tests.</summary>
public sealed class LlamaFilesTests : TensorTest
{
    [Fact]
    public void Metas_sizes_beside_weights_in_Hugging_Faces_layout_are_not_looked_at()
    {
        string model = Repository.PathOf("tests/fixtures/parity/decoders/M07_mistral_window/model");
        foreach (string file in Directory.GetFiles(model)) folder.Write(Path.GetFileName(file), File.ReadAllBytes(file));
        folder.Write("params.json", "{\"dim\": 64}");
        Assert.Equal(CheckpointFiles.Digest(model), CheckpointFiles.Digest(folder.Path));
    }

    [Fact]
    public void A_folder_of_Hugging_Face_is_read_under_Metas_names_with_interleaved_rotations()
    {
        (ParityCase Case, string Folder)[] decoders = [.. ParityCase.All.Where(c => c.Kind == "C_checkpoint").SelectMany(c => LlavaParity.Folders(c)
            .Where(folder => Directory.EnumerateFiles(folder, "*.index.json").Any(index => File.ReadAllText(index).Contains("embed_tokens")))
            .Select(folder => (c, folder)))];
        Assert.SkipUnless(decoders.Length > 0, $"{string.Join(", ", ParityCase.Roots)} has no recorded folder of Hugging Face.");
        foreach ((ParityCase recorded, string files) in decoders) ReadsUnderMetasNames(recorded, files);
    }

    private static void ReadsUnderMetasNames(ParityCase recorded, string folder)
    {
        JsonNode sizes = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")))!;
        Dictionary<string, Tensor> theirs = TensorFile.Read(LlamaParity.Weights(recorded, recorded.Read()));
        using Checkpoint file = CheckpointFiles.Open(folder);
        int layers = (int)sizes["num_hidden_layers"]!, D = (int)sizes["hidden_size"]!, half = D / (int)sizes["num_attention_heads"]! / 2;
        (string, string)[] inLayers = [("attention_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"), ("attention.wv", "self_attn.v_proj"),
            ("attention.wo", "self_attn.o_proj"), ("feed_forward.w1", "mlp.gate_proj"), ("feed_forward.w2", "mlp.down_proj"),
            ("feed_forward.w3", "mlp.up_proj")];
        foreach ((string own, string hugging) in Enumerable.Range(0, layers)
            .SelectMany(layer => inLayers.Select(name => ($"layers.{layer}.{name.Item1}", $"model.layers.{layer}.{name.Item2}")))
            .Concat([("tok_embeddings", "model.embed_tokens"), ("norm", "model.norm"), ("output", "lm_head")]))
            Tolerance.Exact.Check(own, theirs[hugging + ".weight"], file.Read(own + ".weight"));

        // Hugging Face turns element i of a head with i + half, Meta 2 i with 2 i + 1.
        foreach ((string own, string hugging) in new[] { ("wq", "q_proj"), ("wk", "k_proj") })
            for (int row = 0; row < D; row++)
                Tolerance.Exact.Check(own,
                    theirs[$"model.layers.{layers - 1}.self_attn.{hugging}.weight"][(row / (2 * half) * 2 * half) + (row % (2 * half) / 2) + (row % 2 * half)],
                    file.Read($"layers.{layers - 1}.attention.{own}.weight")[row]);
        Assert.True(file.Contains("mm_projector.0.weight"));
        (string, string)[] stated = [("dim", "hidden_size"), ("layers", "num_hidden_layers"), ("heads", "num_attention_heads"),
            ("kvHeads", "num_key_value_heads"), ("normEps", "rms_norm_eps"), ("maxLength", "max_position_embeddings"), ("clipWidth", "mm_hidden_size"),
            ("selectLayer", "mm_vision_select_layer"), ("selectFeature", "mm_vision_select_feature"), ("projector", "mm_projector_type"),
            ("vocabSize", "vocab_size"), ("hidden", "intermediate_size")];
        Assert.Equal(stated.Select(s => $"{s.Item1}: {sizes[s.Item2]!.ToJsonString().ToUpperInvariant()}"),
            JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject().Select(s => $"{s.Key}: {s.Value!.ToJsonString().ToUpperInvariant()}"));
    }

    [Fact]
    public void The_layout_of_Hugging_Face_says_what_Metas_says()
    {
        using IDisposable frozen = no_grad();
        using Llama model = TinyLlama.New();
        WriteHuggingFace(model, ("", ""));
        using Checkpoint file = CheckpointFiles.Open(folder.Path);
        using Llama read = new(Stated(file));
        CheckpointLoader.LoadInto(read, file, read.PretrainedRules);
        foreach ((string name, Tensor value) in model.state_dict().Where(p => !p.Key.Contains("adapter")))
            Tolerance.Exact.Check(name, value, read.state_dict()[name]);
        Assert.Equal((TinyLlama.Config.Dim, 2, 48, 1e-6), (read.Config.Dim, read.Config.KvHeads, read.Config.Hidden, read.Config.NormEps));
    }

    [Fact]
    public void A_folder_has_one_digest_of_all_that_decides_its_tensors()
    {
        using Llama model = TinyLlama.New();
        WriteHuggingFace(model, ("", ""));
        BackboneRecipe recipe = new() { Name = "llama", Checkpoint = folder.Path };
        folder.Write("tokenizer.model", [1, 2, 3]);
        Assert.Equal(folder["tokenizer.model"], BackboneFiles.Vocabulary(recipe).Single());
        string before = BackboneFiles.WeightsDigest(recipe);
        folder.Write("README.md", [1]);
        Assert.Equal(before, BackboneFiles.WeightsDigest(recipe));
        Assert.Equal(before, CheckpointFiles.Digest(folder.Path));
        WriteHuggingFace(model, ("\"rms_norm_eps\": 1e-6", "\"rms_norm_eps\": 1e-5"));
        Assert.NotEqual(before, BackboneFiles.WeightsDigest(recipe));
    }

    [Fact]
    public void Metas_tokenizer_stands_above_the_folders_of_all_sizes()
    {
        string size = Directory.CreateDirectory(folder["7B"]).FullName;
        folder.Write("tokenizer.model", [1]);
        Assert.Equal(folder["tokenizer.model"], BackboneFiles.Vocabulary(new() { Name = "llama", Checkpoint = size }).Single());
    }

    [Theory]
    [InlineData("holds no weights of a known layout", "config.json")]
    [InlineData("holds params.json but no weights", "params.json", """{"dim": 16, "n_heads": 4, "n_layers": 2}""")]
    [InlineData("does not say dim", "params.json", "{}", "consolidated.00.pth", "x")]
    [InlineData("gives dim as \"x\", where a number is expected", "params.json", "{\"dim\": \"x\"}", "consolidated.00.pth", "x")]
    [InlineData("cannot be read as JSON", "params.json", "{\"dim\":", "consolidated.00.pth", "x")]
    [InlineData("names the file 'part.safetensors', which is not beside it", "model.safetensors.index.json", """{"weight_map": {"a": "part.safetensors"}}""")]
    [InlineData("names the file '../part', which is not beside it", "model.safetensors.index.json", """{"weight_map": {"a": "../part"}}""")]
    [InlineData("has no weight_map", "model.safetensors.index.json", "{}")]
    [InlineData("is neither a safetensors file", "model.safetensors", "this is no weight file at all")]
    public void A_folder_that_cannot_be_read_is_refused_in_a_sentence_with_its_file(string sentence, params string[] files)
    {
        for (int i = 0; i < files.Length; i += 2) folder.Write(files[i], i + 1 < files.Length ? files[i + 1] : "{}");
        string message = Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message;
        Assert.Contains(sentence, message);
        Assert.Contains(folder.Path, message);
    }

    [Theory]
    [InlineData("\"num_attention_heads\": 4", "\"num_attention_heads\": 3", "cannot be cut into the 3 heads")]
    [InlineData("\"num_attention_heads\": 4", "\"heads\": 4", "does not say num_attention_heads")]
    [InlineData("\"rms_norm_eps\"", "\"rope_scaling\": {\"type\": \"linear\"}, \"rms_norm_eps\"", "one of type default, linear (factor), llama3 (")]
    public void Sizes_that_do_not_fit_are_refused(string instead, string of, string sentence)
    {
        using Llama model = TinyLlama.New();
        WriteHuggingFace(model, (instead, of));
        Refuses.Checkpoint(sentence, () => CheckpointFiles.Open(folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_of_llama2c_is_read_with_its_table_as_the_output_where_it_has_none(bool shared)
    {
        (byte[] bytes, float[] numbers) = Small(shared);
        using Checkpoint file = CheckpointFiles.Open(folder.Write("small.bin", bytes));
        Assert.Equal([4, 8], file.Shape("layers.1.attention.wk.weight"));
        Assert.Equal(numbers[..(3 * 8)], Floats("tok_embeddings.weight"));
        Assert.Equal(numbers[24..32], Floats("layers.0.attention_norm.weight"));
        Assert.Equal(numbers[32..40], Floats("layers.1.attention_norm.weight"));
        Assert.Equal(numbers[40..104], Floats("layers.0.attention.wq.weight"));
        Assert.Equal(shared ? numbers[..24] : numbers[^24..], Floats("output.weight"));
        Assert.Equal("""{"dim":8,"layers":2,"heads":2,"kvHeads":1,"normEps":1E-05,"maxLength":6,"vocabSize":3,"dtype":"float32","hidden":5}""",
            file.Metadata[Checkpoint.ConfigKey]);

        float[] Floats(string name) => file.Read(name).flatten().data<float>().ToArray();
    }

    [Fact]
    public void A_file_of_llama2c_that_is_cut_off_says_how_long_it_should_be()
    {
        byte[] bytes = Small(shared: false).Bytes;
        string message = Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Write("cut.bin", bytes[..^5]))).Message;
        Assert.Contains($"need {bytes.Length} bytes and it has {bytes.Length - 5}", message);
        byte[] later = [.. BitConverter.GetBytes(0x616b3432), .. bytes[4..]];
        Refuses.Checkpoint("--version 0", () => CheckpointFiles.Open(folder.Write("later.bin", later)));
    }

    [Theory]
    [InlineData("bfloat16", null)]
    [InlineData("float32", "bfloat16")]
    public void Loading_takes_no_tenth_more_than_the_weights_whatever_type_the_file_has(string type, string? precision)
    {
        LlamaConfig config = new() { VocabSize = 2048, Dim = 512, Layers = 48, Heads = 8, MultipleOf = 128, InLayerBottleneck = 1, ReplacementBottleneck = 1,
            Dtype = type, Precision = precision };
        Write(config with { Layers = 1 });
        Load(config with { Layers = 1 }).Dispose(); // what runs for the first time takes memory of its own
        long bytes = Write(config);
        GC.Collect();
        _ = ReturnFreeMemory(0);
        long before = Resident(), peak = before;
        using CancellationTokenSource loaded = new();
        Thread watch = new(() =>
        {
            while (!loaded.IsCancellationRequested) peak = Math.Max(peak, Resident());
        });
        watch.Start();
        using Llama model = Load(config);
        loaded.Cancel();
        watch.Join();
        Assert.True(peak - before <= 1.1 * bytes, $"{peak - before} bytes more than before, for weights of {bytes}.");

        long Write(LlamaConfig sizes)
        {
            using Llama random = new(sizes with { Dtype = "float16", Precision = null }, SkipMask.Empty);
            random.InitializeWeights();
            folder.Write("big.safetensors", random.Tensors());
            return random.parameters().Sum(p => p.numel() * p.element_size());
        }

        Llama Load(LlamaConfig sizes)
        {
            Llama empty = new(sizes, SkipMask.Empty);
            using Checkpoint file = CheckpointFiles.Open(folder["big.safetensors"]);
            CheckpointLoader.LoadInto(empty, file, empty.PretrainedRules);
            return empty;
        }
    }

    /// <summary>What was freed goes back to the system, so that taking it again is seen.</summary>
    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int ReturnFreeMemory(nint kept);

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private static LlamaConfig Stated(Checkpoint file) => JsonSerializer.Deserialize<LlamaConfig>(
        BackboneCatalog.Get("llama").Configure(JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject(), null, "backbone.config"),
            JsonSerializerOptions.Web)!;

    /// <summary>The model's frozen weights as Hugging Face would hold them, with a change to its sizes.</summary>
    private void WriteHuggingFace(Llama model, (string Instead, string Of) change)
    {
        string sizes = """
            {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "max_position_embeddings": 32}
            """;
        HuggingFaceLayout.Write(folder.Path, HuggingFaceLayout.Of(model.state_dict().Where(p => !p.Key.Contains("adapter")),
            model.Config.Dim / model.Config.Heads),
            change.Instead.Length > 0 ? sizes.Replace(change.Instead, change.Of) : sizes);
    }

    /// <summary>Two layers of width 8 in 2 heads, 1 of keys; inner width 5; 3 tokens; 6 positions. Every number is its place.</summary>
    internal static (byte[] Bytes, float[] Numbers) Small(bool shared)
    {
        int perLayer = 8 + 64 + 32 + 32 + 64 + 8 + (3 * 5 * 8), count = (3 * 8) + (2 * perLayer) + 8 + (6 * 4) + (shared ? 0 : 24);
        float[] numbers = [.. Enumerable.Range(0, count).Select(i => (float)i)];
        int[] sizes = [8, 5, 2, 2, 1, shared ? 3 : -3, 6];
        return ([.. sizes.SelectMany(BitConverter.GetBytes), .. numbers.SelectMany(BitConverter.GetBytes)], numbers);
    }
}
