namespace Das.Models.Checkpoints;

/// <summary>
/// CLIP's image tower as Hugging Face's library names it, under OpenAI's names below <c>visual</c>; queries, keys and values, three matrices
/// there, are one (method §5.1).
/// </summary>
internal static class HuggingFaceClip
{
    private const string Theirs = "vision_model.", Own = "visual.", Attention = ".self_attn.", Packed = "in_proj_";

    private static readonly string[] Cut = ["q_proj.", "k_proj.", "v_proj."];

    private static readonly (string Theirs, string Own)[] Names =
    [
        ("embeddings.class_embedding", "class_embedding"), ("embeddings.patch_embedding", "conv1"),
            ("embeddings.position_embedding.weight", "positional_embedding"),
        ("pre_layrnorm", "ln_pre"), ("post_layernorm", "ln_post"), ("encoder.layers", "transformer.resblocks"), ("self_attn", "attn"),
        ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
    ];

    /// <summary>The same tensors, of which others than a tower's keep their names.</summary>
    /// <exception cref="DasException">Of queries, keys and values a part is missing or of another shape.</exception>
    public static OrderedDictionary<string, StoredTensor> Renamed(OrderedDictionary<string, StoredTensor> theirs)
    {
        OrderedDictionary<string, StoredTensor> own = [];
        foreach ((string name, StoredTensor stored) in theirs)
            if (!name.Contains(Theirs, StringComparison.Ordinal)) own.Add(name, stored);
            else if (Array.Find(Cut, part => name.Contains(Attention + part, StringComparison.Ordinal)) is not { } cut) own.Add(OwnName(name), stored);
            else own.TryAdd(OwnName(name).Replace(cut, Packed, StringComparison.Ordinal),
                Joined([.. Cut.Select(part => name.Replace(cut, part, StringComparison.Ordinal))], theirs));
        return own;
    }

    private static string OwnName(string name)
    {
        int below = name.IndexOf(Theirs, StringComparison.Ordinal);
        return name[..below] + Own + Names.Aggregate(name[(below + Theirs.Length)..], (part, pair) =>
            part.Replace(pair.Theirs, pair.Own, StringComparison.Ordinal));
    }

    private static StoredTensor Joined(string[] names, OrderedDictionary<string, StoredTensor> theirs)
    {
        StoredTensor[] parts = [.. names.Select(name => theirs.TryGetValue(name, out StoredTensor? part) ? part
            : throw new DasException(ErrorKind.Checkpoint, $"'{name}' is missing where '{names.First(theirs.ContainsKey)}' is there: download all parts of the model."))];
        if (parts.Any(part => part.Shape.Length == 0 || part.Type != parts[0].Type || !part.Shape.SequenceEqual(parts[0].Shape)))
            throw new DasException(ErrorKind.Checkpoint, $"'{names[0]}' and its keys and values are of different shapes or types "
                + $"({string.Join(", ", parts.Select(part => TensorMemory.Text(part.Shape)))}): download the model again.");
        return parts[0] with
        {
            Shape = [parts.Length * parts[0].Shape[0], .. parts[0].Shape[1..]],
            Read = () =>
            {
                using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
                return TorchSharp.torch.cat([.. parts.Select(part => part.Read())], 0).MoveToOuterDisposeScope();
            },
        };
    }
}
