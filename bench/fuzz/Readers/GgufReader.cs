namespace Das.Fuzz.Readers;

/// <summary>GGUF files: metadata, tensors of every type, and the decoder in them.</summary>
internal sealed class GgufReader : WeightReader
{
    /// <summary>Numbers in a row of the small decoder, the least that every type but the K ones has in a block.</summary>
    private const int Width = 32;

    private static readonly (uint Id, int Block, int Bytes)[] Types =
    [
        (0, 1, 4), (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (10, 256, 84), (11, 256, 110), (12, 256, 144),
        (13, 256, 176), (14, 256, 210), (30, 1, 2),
    ];

    public override string Name => "gguf";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Models", "Gguf")];
    public override string File => "x.gguf";
    public override IReadOnlyList<string> HeaderRefusals => ["is neither a safetensors file", "its version is", "is big-endian", "is empty"];

    protected override IReadOnlyList<byte[]> Valid() =>
        [Decoder("llama", Types[0]).Written(), Decoder("llama", Types[2]).Written(), Decoder("qwen2", Types[6]).Written(), OneOfEach().Written()];

    public override byte[] Mutate(byte[] valid, SplitMix64 random)
    {
        if (random.Below(8) == 0) return Mutation.Anywhere(valid, random);
        GgufParts parts = GgufParts.Read(valid);
        for (int changes = 1 + random.Below(3); changes > 0; changes--)
        {
            List<byte[]> entries = random.Below(2) == 0 || parts.Tensors.Count == 0 ? parts.Keys : parts.Tensors;
            if (entries.Count == 0) continue;
            int at = random.Below(entries.Count);
            switch (random.Below(12))
            {
                case 0: entries.RemoveAt(at); break;
                case 1: entries.Insert(random.Below(entries.Count), entries[at]); break;
                case 2: parts.Data.RemoveRange(0, random.Below(Math.Min(64, parts.Data.Count + 1))); break;
                default:
                    int from = random.Below(2) == 0 ? 0 : Math.Max(0, entries[at].Length - 24); // Types, dimensions and offsets stand last.
                    entries[at] = Mutation.Bytes(entries[at], random, from, entries[at].Length);
                    break;
            }
        }
        return parts.Written();
    }

    /// <summary>The file's own tensors and what is said of the tokenizer, then the decoder's.</summary>
    public override long Read(string folder)
    {
        long bytes = 0;
        using (GgufFile file = GgufFile.Open(Path.Combine(folder, File)))
        {
            bytes += file.Metadata.Count + (file.Vocabulary?.Tokens.Count ?? 0);
            foreach (string name in file.Names.Take(200))
            {
                using Tensor tensor = file.Read(name);
                bytes = Math.Max(bytes, tensor.numel() * tensor.element_size());
            }
        }
        return Math.Max(bytes, base.Read(folder));
    }

    /// <summary>One layer of width 32 in 2 heads, 1 of keys; 4 tokens.</summary>
    public static GgufParts Decoder(string architecture, (uint Id, int Block, int Bytes) type)
    {
        GgufParts parts = new GgufParts().With("general.architecture", architecture).With("general.quantization_version", 2u);
        foreach ((string key, object value) in ((string, object)[])[("context_length", 64u), ("embedding_length", (uint)Width), ("block_count", 1u),
            ("feed_forward_length", (uint)Width), ("attention.head_count", 2u), ("attention.head_count_kv", 1u), ("rope.freq_base", 10000f),
            ("attention.layer_norm_rms_epsilon", 1e-5f), ("rope.dimension_count", Width / 2u)]) parts.With($"{architecture}.{key}", value);
        parts.With("tokenizer.ggml.model", "gpt2").With("tokenizer.ggml.pre", "llama-bpe").With("tokenizer.ggml.tokens", (string[])["a", "b", "ab", "</s>"])
            .With("tokenizer.ggml.token_type", (int[])[1, 1, 1, 3]).With("tokenizer.ggml.merges", (string[])["a b"]).With("tokenizer.ggml.eos_token_id", 3u)
            .With("tokenizer.ggml.add_bos_token", false).With("tokenizer.chat_template", "{{ messages }}");
        foreach ((string name, int rows) in ((string, int)[])[("token_embd", 4), ("blk.0.attn_q", Width), ("blk.0.attn_k", Width / 2),
            ("blk.0.attn_v", Width / 2), ("blk.0.attn_output", Width), ("blk.0.ffn_gate", Width), ("blk.0.ffn_up", Width), ("blk.0.ffn_down", Width)])
            parts.With(name + ".weight", [rows, Width], type.Id, Some(rows * Width / type.Block * type.Bytes));
        foreach (string name in (string[])["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"]) parts.With(name + ".weight", [Width], 0, Some(4 * Width));
        if (architecture == "qwen2")
            foreach ((string name, int rows) in ((string, int)[])[("q", Width), ("k", Width / 2), ("v", Width / 2)])
                parts.With($"blk.0.attn_{name}.bias", [rows], 0, Some(4 * rows));
        return parts;
    }

    /// <summary>Metadata and tensors of every kind.</summary>
    private static GgufParts OneOfEach()
    {
        GgufParts parts = new();
        object[] values = [(byte)1, (sbyte)-1, (ushort)2, (short)-2, 3u, -3, 0.5f, true, "text", 4UL, -4L, 0.25, (int[])[1, 2], (string[])["a", ""],
            (object[])[(int[])[1], (int[])[2, 3]]];
        foreach (object value in values) parts.With($"test.{parts.Keys.Count}", value);
        foreach ((uint id, int block, int bytes) in Types) parts.With($"t.{id}", [2, 256], id, Some(512 / block * bytes));
        return parts;
    }

    private static byte[] Some(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 37))];
}
