using System.Text;
using System.Text.Json;

namespace Das.Bench;

/// <summary>What a decoder of 1 B takes from a Hugging Face folder and from a GGUF file of quantised weights to a training step; values are random.</summary>
internal static class OneBillion
{
    private const string Half = "bfloat16";

    /// <summary>Of Llama 3.2 1B.</summary>
    private static readonly LlamaConfig sizes = new()
    {
        VocabSize = 128_256, Dim = 2048, Layers = 16, Heads = 32, KvHeads = 8, Hidden = 8192, NormEps = 1e-5, RopeTheta = 500_000, TiedOutput = true,
    };

    /// <exception cref="IOException">No folder was given, or the system does not tell a process's memory.</exception>
    public static Measured Measure(MeasurementOptions options)
    {
        MemoryUse.ThrowIfUnknown();
        string folder = Path.Combine(options.Folder ?? throw new IOException("llama-1b needs --folder DIR on a disk with 3 GB free."),
            $"das-bench-1b-{Environment.ProcessId}");
        return new(Interleaved.Once, [.. Of("Hugging Face folder, BF16", WriteFolder), .. Of("GGUF file, Q8_0", WriteGguf)]);

        IEnumerable<Figure> Of(string form, Func<string, string> write)
        {
            Directory.CreateDirectory(folder);
            try
            {
                return Run(form, write(folder));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static List<Figure> Run(string form, string checkpoint)
    {
        Llama model = null!;
        Stopwatch watch = Stopwatch.StartNew();
        MemoryUse loading = MemoryUse.Of(() => model = (Llama)ModelFiles.FromPretrained(
            new BackboneRecipe { Name = "llama", Checkpoint = checkpoint, InLayerBottleneck = 8, ReplacementBottleneck = 32,
                Config = new() { ["precision"] = Half } },
            new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed: null));
        using (model)
        {
            double seconds = watch.Elapsed.TotalSeconds, bytes = model.named_parameters().Sum(p => (double)p.parameter.numel() * p.parameter.element_size());
            return
            [
                Figure.Cost($"{form}: peak memory of opening and loading ÷ {bytes / (1 << 30):0.00} GiB of weights in {Half}",
                    Spread.Of([loading.Added / bytes]), 1),
                Figure.Once($"{form}: opening and loading", seconds, "s"),
                .. SevenBillion.Peak($"{form}: a training step, 1 x {SevenBillion.TrainTokens} tokens, layers computed again",
                    () => SevenBillion.Train(model, SkipMask.Empty)),
            ];
        }
    }

    private static IEnumerable<(string HuggingFace, string Gguf, long[] Shape)> Tensors()
    {
        long D = sizes.Dim, shared = D * sizes.KvHeads!.Value / sizes.Heads, inner = sizes.HiddenSize;
        yield return ("model.embed_tokens", "token_embd", [sizes.VocabSize, D]);
        yield return ("model.norm", "output_norm", [D]);
        for (int i = 0; i < sizes.Layers; i++)
            foreach ((string theirs, string gguf, long[] shape) in ((string, string, long[])[])
                [("input_layernorm", "attn_norm", [D]), ("post_attention_layernorm", "ffn_norm", [D]), ("self_attn.q_proj", "attn_q", [D, D]),
                    ("self_attn.k_proj", "attn_k", [shared, D]), ("self_attn.v_proj", "attn_v", [shared, D]), ("self_attn.o_proj", "attn_output", [D, D]),
                    ("mlp.gate_proj", "ffn_gate", [inner, D]), ("mlp.up_proj", "ffn_up", [inner, D]), ("mlp.down_proj", "ffn_down", [D, inner])])
                yield return ($"model.layers.{i}.{theirs}", $"blk.{i}.{gguf}", shape);
    }

    private static string WriteFolder(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "llama",
            hidden_size = sizes.Dim,
            num_hidden_layers = sizes.Layers,
            num_attention_heads = sizes.Heads,
            num_key_value_heads = sizes.KvHeads,
            rms_norm_eps = sizes.NormEps,
            rope_theta = sizes.RopeTheta,
            tie_word_embeddings = true,
        }));
        RandomWeights weights = new();
        (string Name, long[] Shape)[] tensors = [.. Tensors().Select(tensor => (tensor.HuggingFace + ".weight", tensor.Shape))];
        using FileStream stream = File.Create(Path.Combine(folder, "model.safetensors"));
        stream.Write(PublishedLlava.Header(tensors));
        foreach ((string _, long[] shape) in tensors) weights.Write(stream, shape);
        return folder;
    }

    /// <summary>Version 3: matrices as Q8_0 (32 numbers in 34 bytes), norms as F32.</summary>
    private static string WriteGguf(string folder)
    {
        const uint version = 3, whole = 4, real = 6, text = 8, f32 = 0, q8 = 8;
        const int alignment = 32, block = 32, blockBytes = 34;
        string path = Path.Combine(folder, "model.gguf");
        using FileStream stream = File.Create(path);
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        (string Name, long[] Shape)[] tensors = [.. Tensors().Select(tensor => (tensor.Gguf + ".weight", tensor.Shape))];
        (string Key, uint Value)[] wholes =
        [
            ("embedding_length", (uint)sizes.Dim), ("block_count", (uint)sizes.Layers), ("feed_forward_length", (uint)sizes.HiddenSize),
            ("attention.head_count", (uint)sizes.Heads), ("attention.head_count_kv", (uint)sizes.KvHeads!.Value), ("context_length", 8192),
        ];
        (string Key, float Value)[] reals = [("attention.layer_norm_rms_epsilon", (float)sizes.NormEps), ("rope.freq_base", (float)sizes.RopeTheta)];

        writer.Write("GGUF"u8);
        writer.Write(version);
        writer.Write((long)tensors.Length);
        writer.Write(1L + wholes.Length + reals.Length);
        Key("general.architecture", text);
        Text("llama");
        foreach ((string key, uint value) in wholes)
        {
            Key($"llama.{key}", whole);
            writer.Write(value);
        }
        foreach ((string key, float value) in reals)
        {
            Key($"llama.{key}", real);
            writer.Write(value);
        }
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            Text(name);
            writer.Write(shape.Length);
            foreach (long size in shape.Reverse()) writer.Write(size);
            writer.Write(shape.Length == 1 ? f32 : q8);
            writer.Write(offset);
            offset += (Bytes(shape) + alignment - 1) / alignment * alignment;
        }
        Pad();
        byte[] drawn = Blocks();
        foreach ((string _, long[] shape) in tensors)
        {
            if (shape.Length == 1) for (long i = 0; i < shape[0]; i++) writer.Write(1f);
            else for (long left = Bytes(shape); left > 0; left -= drawn.Length) writer.Write(drawn, 0, (int)Math.Min(left, drawn.Length));
            Pad();
        }
        return path;

        long Bytes(long[] shape) => shape.Length == 1 ? sizeof(float) * shape[0] : RandomWeights.Elements(shape) / block * blockBytes;

        void Key(string key, uint type)
        {
            Text(key);
            writer.Write(type);
        }

        void Text(string value)
        {
            writer.Write((long)value.Length);
            writer.Write(Encoding.ASCII.GetBytes(value));
        }

        void Pad()
        {
            writer.Flush();
            while (stream.Position % alignment != 0) stream.WriteByte(0);
        }

        // A number of blocks that no width is a multiple of; the numbers' deviation is that of the published models' start.
        static byte[] Blocks()
        {
            byte[] bytes = new byte[131_071 * blockBytes];
            new Random(0).NextBytes(bytes);
            for (int at = 0; at < bytes.Length; at += blockBytes) BitConverter.TryWriteBytes(bytes.AsSpan(at), (Half)(0.02 / 74));
            return bytes;
        }
    }
}
