namespace Das.Fuzz.Readers;

/// <summary>A weight file of any format, all of whose tensors are read.</summary>
internal abstract class WeightReader : Reader
{
    public override long Read(string folder)
    {
        using Checkpoint file = CheckpointFiles.Open(Path.Combine(folder, File));
        long bytes = file.Metadata.Count;
        foreach (string name in file.Names.Take(200))
        {
            using Tensor tensor = file.Read(name);
            bytes = Math.Max(bytes, tensor.numel() * tensor.element_size());
        }
        return bytes;
    }

    /// <summary>A safetensors file from its header's text.</summary>
    internal static byte[] WithHeader(byte[] header, ReadOnlySpan<byte> data)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file.AsSpan(8 + header.Length));
        return file;
    }

    internal static (byte[] Header, byte[] Data) Parts(byte[] safetensors)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(safetensors);
        return (safetensors[8..(8 + length)], safetensors[(8 + length)..]);
    }
}

internal sealed class SafetensorsReader : WeightReader
{
    public override string Name => "safetensors";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Models", "SafetensorsFile")];
    public override string File => "x.safetensors";
    public override IReadOnlyList<string> HeaderRefusals => ["is neither a safetensors file", "does not fit into", "its header is not valid JSON", "is empty"];

    protected override IReadOnlyList<byte[]> Valid() => [.. Fixtures("*.safetensors", 6000)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random)
    {
        if (random.Below(8) == 0) return Mutation.Anywhere(valid, random);
        (byte[] header, byte[] data) = Parts(valid);
        return WithHeader(JsonMutation.Change(header, random), data);
    }
}

/// <summary><c>torch.save</c> archives: the pickle within, the zip around it, or both.</summary>
internal sealed class PickleReader : WeightReader
{
    public override string Name => "pickle";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Models", "TorchArchive"), ("Das.Models", "ZipDirectory"), ("Das.Models", "PickleReader"), ("Das.Models", "TorchGlobals")];
    public override string File => "x.ckpt";
    public override IReadOnlyList<string> HeaderRefusals =>
        ["is neither a safetensors file", "its zip directory is missing", "its zip directory is damaged", "it has no data.pkl", "is empty"];

    protected override IReadOnlyList<byte[]> Valid() => [.. Fixtures("quirks.ckpt"), .. Fixtures("bare_state_dict.bin"),
        .. Directory.EnumerateFiles(Path.Combine(Root, "tests", "fixtures"), "*.pth", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(System.IO.File.ReadAllBytes).Where(bytes => bytes.AsSpan().StartsWith("PK"u8) && bytes.AsSpan().LastIndexOf("PK\x05\x06"u8) >= 0)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random)
    {
        if (random.Below(4) == 0) return Mutation.Anywhere(valid, random);
        using MemoryStream changed = new();
        using (ZipArchive from = new(new MemoryStream(valid)), to = new(changed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                using MemoryStream content = new();
                using (Stream stream = entry.Open()) stream.CopyTo(content);
                byte[] bytes = content.ToArray();
                if (entry.Name == "data.pkl" || random.Below(8) == 0) bytes = Mutation.Anywhere(bytes, random);
                ZipArchiveEntry made = to.CreateEntry(entry.FullName, random.Below(8) == 0 ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
                made.LastWriteTime = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same input every time
                using Stream target = made.Open();
                target.Write(bytes);
            }
        return changed.ToArray();
    }
}

internal sealed class Llama2CReader : WeightReader
{
    public override string Name => "llama2c";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Models", "Llama2CFile")];
    public override string File => "x.bin";
    public override IReadOnlyList<string> HeaderRefusals => ["is neither a safetensors file", "is in a later format", "is empty"];

    protected override IReadOnlyList<byte[]> Valid() => [Small(shared: true), Small(shared: false)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => random.Below(4) == 0 ? Mutation.Anywhere(valid, random)
        : Mutation.Bytes(valid, random, 0, 28);

    /// <summary>Two layers of width 8 in 2 heads, 1 of keys; inner width 5; 3 tokens; 6 positions.</summary>
    private static byte[] Small(bool shared)
    {
        int perLayer = 8 + 64 + 32 + 32 + 64 + 8 + (3 * 5 * 8), count = (3 * 8) + (2 * perLayer) + 8 + (6 * 4) + (shared ? 0 : 24);
        return [.. ((int[])[8, 5, 2, 2, 1, shared ? 3 : -3, 6]).SelectMany(BitConverter.GetBytes), .. new byte[4 * count]];
    }
}

/// <summary>The sizes that a weight file states, and the model that is built from them.</summary>
internal sealed class ModelReader : Reader
{
    private const string Sizes = """
        {"vocabSize": 12, "hiddenSize": 8, "numHeads": 2, "numLayers": 2, "mlpRatio": 2, "maxTextLength": 6, "dropRate": 0, "imageSize": 16, "patchSize": 8,
        "maxImageLength": -1, "tokenTypes": 2, "inLayerBottleneck": 2, "replacementBottleneck": 2}
        """;

    private readonly Lazy<(byte[] Header, byte[] Data)> weights = new(() => WeightReader.Parts(Made(path =>
    {
        using DisposeScope scope = NewDisposeScope();
        Backbone vilt = BackboneCatalog.Get("vilt");
        using BackboneModel model = vilt.Build(vilt.Configure(null, JsonNode.Parse(Sizes)!.AsObject(), "sizes"), new(), null);
        SafetensorsWriter.Write(path, model.state_dict().Where(tensor => !tensor.Key.Contains("adapter", StringComparison.Ordinal))
            .Select(tensor => (tensor.Key, tensor.Value)), new Dictionary<string, string>());
    })));

    public override string Name => "model";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Models", "Backbones.ModelBounds"), ("Das.Models", "Backbones.Backbone::")];
    public override string File => "x.safetensors";
    public override long Bound => 256L << 20;
    public override IReadOnlyList<string> HeaderRefusals => ["its header is not valid JSON", "is not one text", .. NoJson];

    protected override IReadOnlyList<byte[]> Valid() => [Encoding.UTF8.GetBytes(Sizes)];

    /// <summary>A whole file whose metadata are mutated sizes.</summary>
    public override byte[] Mutate(byte[] valid, SplitMix64 random)
    {
        string text = Encoding.UTF8.GetString(JsonMutation.Change(valid, random));
        string metadata = $"{{\"__metadata__\":{{\"das.config\":{JsonSerializer.Serialize(text)}}},";
        return WeightReader.WithHeader([.. Encoding.UTF8.GetBytes(metadata), .. weights.Value.Header[1..]], weights.Value.Data);
    }

    public override long Read(string folder)
    {
        using DisposeScope scope = NewDisposeScope();
        BackboneRecipe recipe = new()
        {
            Name = "vilt", Checkpoint = Path.Combine(folder, File), ImageSize = 16, InLayerBottleneck = 2, ReplacementBottleneck = 2,
        };
        using BackboneModel model = ModelFiles.FromPretrained(recipe, new(), 2, 0, 0, CPU, null);
        return model.parameters().Sum(parameter => parameter.numel() * parameter.element_size());
    }
}

/// <summary>A folder of Hugging Face's libraries, one of whose JSON files is mutated.</summary>
internal sealed class HuggingFaceReader(string name, string file) : WeightReader
{
    private const string Config = """
        {"model_type": "smollm3", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
        "head_dim": 4, "rms_norm_eps": 1e-6, "max_position_embeddings": 32, "vocab_size": 10, "hidden_act": "silu", "tie_word_embeddings": true,
        "attention_bias": false, "no_rope_layers": [1], "layer_types": ["sliding_attention"], "sliding_window": 4, "use_sliding_window": true,
        "rope_parameters": {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16}}
        """;

    private static readonly (string Name, long[] Shape)[] Tensors =
    [
        ("model.embed_tokens.weight", [10, 8]), ("model.norm.weight", [8]), ("model.layers.0.input_layernorm.weight", [8]),
        ("model.layers.0.self_attn.q_proj.weight", [8, 8]), ("model.layers.0.self_attn.k_proj.weight", [4, 8]),
        ("model.layers.0.mlp.gate_proj.weight", [12, 8]),
    ];

    private static readonly string Index = new JsonObject
    {
        ["weight_map"] = new JsonObject(Tensors.Select((tensor, i) => KeyValuePair.Create(tensor.Name, (JsonNode?)Part(i)))),
    }.ToJsonString();

    public override string Name => name;
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Models", "HuggingFaceFolder"), ("Das.Models", "HuggingFaceKeys"), ("Das.Models", "HuggingFaceLlama"), ("Das.Models", "HuggingFaceRope"),
            ("Das.Models", "DecoderFamily"), ("Das.Models", "Checkpoints.ConfigFile")];
    public override string File => file;
    public override IReadOnlyList<string> HeaderRefusals => NoJson;

    protected override IReadOnlyList<byte[]> Valid() => [Encoding.UTF8.GetBytes(file == "config.json" ? Config : Index)];

    public override void Prepare(string folder)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (IGrouping<string, (string Name, long[] Shape)> part in Tensors.Select((tensor, i) => (tensor, Part(i))).GroupBy(t => t.Item2, t => t.tensor))
            SafetensorsWriter.Write(Path.Combine(folder, part.Key), part.Select(tensor => (tensor.Name, ones(tensor.Shape))), new Dictionary<string, string>());
        System.IO.File.WriteAllText(Path.Combine(folder, "config.json"), Config);
        System.IO.File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), Index);
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder)
    {
        using Checkpoint model = CheckpointFiles.Open(folder);
        long bytes = 0;
        foreach (string tensor in model.Names)
        {
            using Tensor read = model.Read(tensor);
            bytes += read.numel() * read.element_size();
        }
        JsonObject stated = JsonNode.Parse(model.Metadata[Checkpoint.ConfigKey])!.AsObject();
        return bytes + BackboneCatalog.Get("llama").Candidates(BackboneCatalog.Get("llama").Configure(stated, null, "sizes"));
    }

    private static string Part(int tensor) => $"model-{1 + (tensor % 2):00000}-of-00002.safetensors";
}
