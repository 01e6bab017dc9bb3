namespace Das.Models.Decoders;

/// <summary>
/// A decoder in a GGUF file, as Hugging Face's libraries would save it: names, rows and configuration, so that both forms are read in one way. The
/// architectures are those of llama.cpp's <c>convert_hf_to_gguf.py</c>.
/// </summary>
internal static class GgufDecoder
{
    private const string ArchitectureKey = "general.architecture", Frequencies = "rope_freqs.weight", Table = "token_embd.weight", Layer = "blk.";

    /// <summary>The version of the blocks of quantised numbers, since GGUF has been at its second.</summary>
    private const int Blocks = 2;

    /// <param name="Pairs">The rows of a head's queries and keys lie in pairs that are rotated together.</param>
    /// <param name="Extra">Tensors of a layer that others do not have.</param>
    /// <param name="MayLack">Whether a file may be without those.</param>
    private sealed record Architecture(bool Pairs, string[] Extra, bool MayLack);

    private static readonly string[] Projections = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];

    private static readonly Dictionary<string, Architecture> Architectures = new()
    {
        ["llama"] = new(Pairs: true, [.. Projections.Select(name => name + ".bias")], MayLack: true),
        ["qwen2"] = new(Pairs: false, ["attn_q.bias", "attn_k.bias", "attn_v.bias"], MayLack: false),
        ["qwen3"] = new(Pairs: false, ["attn_q_norm.weight", "attn_k_norm.weight"], MayLack: false),
    };

    /// <summary>Names without and with <c>.weight</c> or <c>.bias</c>, and the shapes of the weights; a bias has as many elements as rows.</summary>
    private static readonly (string Gguf, string HuggingFace, Func<GgufSizes, long[]> Shape)[] InLayers =
    [
        ("attn_norm", "input_layernorm", s => [s.Width]), ("ffn_norm", "post_attention_layernorm", s => [s.Width]),
        ("attn_q", "self_attn.q_proj", s => [s.Heads * s.HeadSize, s.Width]), ("attn_k", "self_attn.k_proj", s => [s.KvHeads * s.HeadSize, s.Width]),
        ("attn_v", "self_attn.v_proj", s => [s.KvHeads * s.HeadSize, s.Width]), ("attn_output", "self_attn.o_proj", s => [s.Width, s.Heads * s.HeadSize]),
        ("attn_q_norm", "self_attn.q_norm", s => [s.HeadSize]), ("attn_k_norm", "self_attn.k_norm", s => [s.HeadSize]),
        ("ffn_gate", "mlp.gate_proj", s => [s.Inner, s.Width]), ("ffn_up", "mlp.up_proj", s => [s.Inner, s.Width]),
        ("ffn_down", "mlp.down_proj", s => [s.Width, s.Inner]),
    ];

    /// <summary>Null for a file of another format.</summary>
    /// <exception cref="DasException">It is damaged, no decoder that is known here, or one whose tensors and sizes contradict each other.</exception>
    public static Checkpoint? Open(BoundedFile file)
    {
        if (!GgufFile.Is(file)) return null;
        GgufFile gguf = new(file);
        HuggingFaceModel model = HuggingFaceLlama.Renamed(Model(gguf));
        return new ShardedCheckpoint(file.Path, [gguf], model.Tensors, model.Metadata);
    }

    private static HuggingFaceModel Model(GgufFile file)
    {
        ThrowIfNoModel(file);
        string name = file.Text(ArchitectureKey) ?? throw file.Broken($"it does not say its {ArchitectureKey}");
        if (!Architectures.TryGetValue(name, out Architecture? architecture))
            throw file.Broken($"its {ArchitectureKey} is '{GgufFile.Shown(name)}', where one of {string.Join(", ", Architectures.Keys)} is read");
        GgufSizes sizes = GgufSizes.Of(file, name, Layers(file));
        OrderedDictionary<string, StoredTensor> tensors = [];
        foreach (string tensor in file.Names)
        {
            if (tensor == Frequencies) continue;
            (string renamed, long[] shape) = Theirs(tensor, sizes, architecture)
                ?? throw file.Broken($"it has the tensor '{tensor}', which no {name} has that is computed here");
            StoredTensor stored = Shaped(file, tensor, shape);
            tensors.Add(renamed, architecture.Pairs ? InHalves(tensor, stored, sizes) : stored);
        }
        ThrowIfLacking(file, sizes, architecture);
        return new(file.Path, tensors, new Dictionary<string, string>())
        {
            Stated = GgufConfig.Of(file, name, sizes, file.Contains(Frequencies) ? Divisors(file, sizes) : null),
        };
    }

    private static void ThrowIfNoModel(GgufFile file)
    {
        if (file.Text("general.type") is { } type && type != "model")
            throw file.Broken($"its general.type is {GgufFile.Shown(type)}, where model is expected");
        if (file.Whole("split.count", 0, ushort.MaxValue) is > 1 and var parts)
            throw file.Broken($"it is one of {parts} parts (split.count): join them with llama-gguf-split --merge");
        if (file.Whole("general.quantization_version", 0, ushort.MaxValue) is not (null or Blocks) and var version)
            throw file.Broken($"its general.quantization_version is {version}, where {Blocks} is expected");
    }

    /// <summary>As many as there are tensors of.</summary>
    private static int Layers(GgufFile file) =>
        file.Names.Select(name => name.StartsWith(Layer, StringComparison.Ordinal) && Number(name) is { } layer ? layer + 1 : 0).DefaultIfEmpty().Max();

    /// <summary>The layer in a tensor's name.</summary>
    private static int? Number(string name) => name.Split('.', 3) is [_, var number, _]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && layer < ModelBounds.Layers
        && number == layer.ToString(CultureInfo.InvariantCulture) ? layer : null;

    /// <summary>Hugging Face's name of a tensor and its shape; null where the architecture has none of that name.</summary>
    private static (string Name, long[] Shape)? Theirs(string name, GgufSizes sizes, Architecture architecture)
    {
        switch (name)
        {
            case Table: return ("model.embed_tokens.weight", [sizes.Rows, sizes.Width]);
            case "output_norm.weight": return ("model.norm.weight", [sizes.Width]);
            case "output.weight": return ("lm_head.weight", [sizes.Rows, sizes.Width]);
        }
        if (!name.StartsWith(Layer, StringComparison.Ordinal) || Number(name) is not { } layer) return null;
        string within = name.Split('.', 3)[2], part = within.Split('.')[0], kind = within[part.Length..];
        (string Gguf, string HuggingFace, Func<GgufSizes, long[]> Shape) known = InLayers.FirstOrDefault(entry => entry.Gguf == part);
        bool has = known.Gguf is not null && kind is ".weight" or ".bias" && (IsInEvery(within) || architecture.Extra.Contains(within));
        if (!has) return null;
        long[] shape = known.Shape(sizes);
        return ($"model.layers.{layer}.{known.HuggingFace}{kind}", kind == ".bias" ? shape[..1] : shape);
    }

    /// <summary>Whether every architecture has this tensor in its layers.</summary>
    private static bool IsInEvery(string within) => within.EndsWith(".weight", StringComparison.Ordinal)
        && !within.StartsWith("attn_q_norm", StringComparison.Ordinal) && !within.StartsWith("attn_k_norm", StringComparison.Ordinal);

    private static StoredTensor Shaped(GgufFile file, string name, long[] shape)
    {
        StoredTensor stored = file.Find(name);
        return stored.Shape.SequenceEqual(shape) ? stored
            : throw file.Broken($"'{name}' has the shape {TensorMemory.Text(stored.Shape)}, where its embedding_length, feed_forward_length and heads make it "
                + TensorMemory.Text(shape));
    }

    private static void ThrowIfLacking(GgufFile file, GgufSizes sizes, Architecture architecture)
    {
        IEnumerable<string> inLayers = InLayers.Select(entry => entry.Gguf + ".weight").Where(IsInEvery)
            .Concat(architecture.Extra.Where(name => !architecture.MayLack || file.Contains($"{Layer}0.{name}")));
        IEnumerable<string> needed = [Table, "output_norm.weight", .. Enumerable.Range(0, sizes.Layers).SelectMany(layer =>
            inLayers.Select(name => $"{Layer}{layer}.{name}"))];
        if (needed.FirstOrDefault(name => !file.Contains(name)) is { } missing) throw file.Broken($"it has no tensor '{missing}'");
    }

    /// <summary>Rows of queries and keys, and their biases, with the first elements of a head's pairs before the second ones.</summary>
    private static StoredTensor InHalves(string name, StoredTensor stored, GgufSizes sizes)
    {
        int? heads = name.Contains(".attn_q.", StringComparison.Ordinal) ? sizes.Heads
            : name.Contains(".attn_k.", StringComparison.Ordinal) ? sizes.KvHeads : null;
        return heads is not { } count ? stored : stored with
        {
            Read = () =>
            {
                using Tensor rows = stored.Read(), pairs = rows.view(count, sizes.HeadSize / 2, 2, -1), halves = pairs.transpose(1, 2);
                return halves.reshape(stored.Shape);
            },
        };
    }

    /// <summary>What the rotary frequencies are divided by, each.</summary>
    private static float[] Divisors(GgufFile file, GgufSizes sizes)
    {
        StoredTensor stored = Shaped(file, Frequencies, [sizes.HeadSize / 2]);
        using Tensor read = stored.Read(), wide = read.to(ScalarType.Float32);
        float[] divisors = wide.data<float>().ToArray();
        return Array.TrueForAll(divisors, divisor => divisor is > 0 and < float.PositiveInfinity) ? divisors
            : throw file.Broken($"'{Frequencies}' holds values that are not positive numbers");
    }
}
