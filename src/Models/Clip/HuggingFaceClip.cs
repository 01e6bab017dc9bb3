namespace Das.Models.Clip;

/// <summary>
/// CLIP's image tower as Hugging Face's library names it, under OpenAI's names below <c>visual</c>; queries, keys and values, three matrices
/// there, are one (method §5.1).
/// </summary>
internal static class HuggingFaceClip
{
    private const string HuggingFace = "vision_model.", OpenAI = "visual.", Attention = ".self_attn.", Packed = "in_proj_";

    private static readonly string[] Projections = ["q_proj.", "k_proj.", "v_proj."];

    private static readonly (string HuggingFace, string OpenAI)[] Names =
    [
        ("embeddings.class_embedding", "class_embedding"), ("embeddings.patch_embedding", "conv1"),
            ("embeddings.position_embedding.weight", "positional_embedding"),
        ("pre_layrnorm", "ln_pre"), ("post_layernorm", "ln_post"), ("encoder.layers", "transformer.resblocks"), ("self_attn", "attn"),
        ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
    ];

    /// <summary>Tensors of others than such a tower keep their names.</summary>
    /// <exception cref="DasException">Of queries, keys and values a part is missing or of another shape.</exception>
    public static HuggingFaceModel Renamed(HuggingFaceModel model)
    {
        OrderedDictionary<string, StoredTensor> renamed = [];
        foreach ((string name, StoredTensor stored) in model.Tensors)
            if (!name.Contains(HuggingFace)) renamed.Add(name, stored);
            else if (Array.Find(Projections, part => name.Contains(Attention + part)) is not { } projection)
                renamed.Add(OpenAIName(name), stored);
            else renamed.TryAdd(OpenAIName(name).Replace(projection, Packed),
                Concatenated([.. Projections.Select(part => name.Replace(projection, part))], model.Tensors));
        return model with { Tensors = renamed };
    }

    private static string OpenAIName(string name)
    {
        int below = name.IndexOf(HuggingFace, StringComparison.Ordinal);
        return name[..below] + OpenAI + Names.Aggregate(name[(below + HuggingFace.Length)..], (part, pair) =>
            part.Replace(pair.HuggingFace, pair.OpenAI));
    }

    private static StoredTensor Concatenated(string[] names, OrderedDictionary<string, StoredTensor> tensors)
    {
        StoredTensor[] parts = [.. names.Select(name => tensors.TryGetValue(name, out StoredTensor? part) ? part
            : throw new DasException(ErrorKind.Checkpoint,
                $"'{name}' is missing where '{names.First(tensors.ContainsKey)}' is there: download all parts of the model."))];
        if (parts.Any(part => part.Shape.Length == 0 || part.Type != parts[0].Type || !part.Shape.SequenceEqual(parts[0].Shape)))
            throw new DasException(ErrorKind.Checkpoint, $"'{names[0]}' and its keys and values are of different shapes or types "
                + $"({string.Join(", ", parts.Select(part => TensorMemory.Text(part.Shape)))}): download the model again.");
        return parts[0] with
        {
            Shape = [parts.Length * parts[0].Shape[0], .. parts[0].Shape[1..]],
            Read = () =>
            {
                using DisposeScope scope = NewDisposeScope();
                return cat([.. parts.Select(part => part.Read())], 0).MoveToOuterDisposeScope();
            },
        };
    }
}
