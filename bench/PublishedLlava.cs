using System.Buffers.Binary;
using System.Text.Json;

namespace Das.Bench;

/// <summary>
/// LLaVA-1.5 as it is given out, of random values in bfloat16: <c>config.json</c>, shards of safetensors with their index, the image
/// tower among them.
/// </summary>
internal static class PublishedLlava
{
    private const string Tower = "model.vision_tower.vision_tower.vision_model", Index = "model.safetensors.index.json";

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="shards">Files that the tensors are spread over.</param>
    /// <returns>The bytes of the weights' files.</returns>
    public static long Write(string folder, LlavaConfig config, int shards)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            hidden_size = config.Dim,
            intermediate_size = config.HiddenSize,
            num_hidden_layers = config.Layers,
            num_attention_heads = config.Heads,
            vocab_size = config.VocabSize,
            rms_norm_eps = config.NormEps,
            max_position_embeddings = config.MaxLength,
            mm_hidden_size = config.ClipWidth,
        }));
        (string Name, long[] Shape)[] tensors = [.. Tensors(config)];
        RandomWeights weights = new();
        Dictionary<string, string> fileOf = [];
        long bytes = 0;
        for (int shard = 0; shard < shards; shard++)
        {
            string file = $"model-{shard + 1:00000}-of-{shards:00000}.safetensors";
            (string Name, long[] Shape)[] part = [.. tensors.Where((_, i) => i % shards == shard)];
            using FileStream stream = new(Path.Combine(folder, file), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
            stream.Write(Header(part));
            foreach ((string name, long[] shape) in part)
            {
                weights.Write(stream, shape);
                fileOf[name] = file;
            }
            bytes += stream.Length;
        }
        File.WriteAllText(Path.Combine(folder, Index), JsonSerializer.Serialize(new { metadata = new { total_size = bytes }, weight_map = fileOf }));
        return bytes;
    }

    /// <summary>What a safetensors file of bfloat16 numbers begins with.</summary>
    public static byte[] Header((string Name, long[] Shape)[] tensors)
    {
        long offset = 0;
        Dictionary<string, object> entries = [];
        foreach ((string name, long[] shape) in tensors)
            entries[name] = new { dtype = "BF16", shape, data_offsets = (long[])[offset, offset += RandomWeights.Size(shape)] };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(entries), header = new byte[8 + ((json.Length + 7) / 8 * 8)];
        header.AsSpan(8).Fill((byte)' ');
        json.CopyTo(header, 8);
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static IEnumerable<(string Name, long[] Shape)> Tensors(LlavaConfig config)
    {
        long D = config.Dim, hidden = config.HiddenSize, W = config.ClipWidth, P = config.PatchSize;
        yield return ("model.embed_tokens.weight", [config.VocabSize, D]);
        yield return ("model.norm.weight", [D]);
        yield return ("lm_head.weight", [config.VocabSize, D]);
        for (int i = 0; i < config.Layers; i++)
        {
            foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "o_proj"]) yield return ($"model.layers.{i}.self_attn.{name}.weight", [D, D]);
            yield return ($"model.layers.{i}.mlp.gate_proj.weight", [hidden, D]);
            yield return ($"model.layers.{i}.mlp.up_proj.weight", [hidden, D]);
            yield return ($"model.layers.{i}.mlp.down_proj.weight", [D, hidden]);
            yield return ($"model.layers.{i}.input_layernorm.weight", [D]);
            yield return ($"model.layers.{i}.post_attention_layernorm.weight", [D]);
        }
        foreach ((string layer, long from) in new[] { ("0", W), ("2", D) })
        {
            yield return ($"model.mm_projector.{layer}.weight", [D, from]);
            yield return ($"model.mm_projector.{layer}.bias", [D]);
        }
        yield return ($"{Tower}.embeddings.class_embedding", [W]);
        yield return ($"{Tower}.embeddings.patch_embedding.weight", [W, 3, P, P]);
        yield return ($"{Tower}.embeddings.position_embedding.weight", [config.Clip.Tokens, W]);
        foreach (string norm in (string[])["pre_layrnorm", "post_layernorm"])
            foreach (string part in (string[])["weight", "bias"]) yield return ($"{Tower}.{norm}.{part}", [W]);
        for (int i = 0; i < config.ClipLayers; i++)
        {
            string block = $"{Tower}.encoder.layers.{i}";
            foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
            {
                yield return ($"{block}.self_attn.{name}.weight", [W, W]);
                yield return ($"{block}.self_attn.{name}.bias", [W]);
            }
            foreach ((string name, long to, long from) in new[] { ("fc1", 4 * W, W), ("fc2", W, 4 * W) })
            {
                yield return ($"{block}.mlp.{name}.weight", [to, from]);
                yield return ($"{block}.mlp.{name}.bias", [to]);
            }
            foreach (string norm in (string[])["layer_norm1", "layer_norm2"])
                foreach (string part in (string[])["weight", "bias"]) yield return ($"{block}.{norm}.{part}", [W]);
        }
    }
}
