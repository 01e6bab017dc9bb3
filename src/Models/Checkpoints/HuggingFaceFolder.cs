namespace Das.Models.Checkpoints;

/// <summary>A model as Hugging Face's libraries save it.</summary>
/// <param name="ConfigPath">Its <c>config.json</c>, which may be missing.</param>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">What is known of the whole.</param>
internal sealed record HuggingFaceModel(
    string ConfigPath, OrderedDictionary<string, StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>The folder of such a model: <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or several of them with an index.</summary>
internal static class HuggingFaceFolder
{
    private const string Config = "config.json";

    private static readonly string[] Layouts = ["model.safetensors", "pytorch_model.bin"];

    /// <exception cref="DasException">The folder holds no weights of this layout, or its index names others.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        string config = Path.Combine(folder, Config);
        return [.. File.Exists(config) ? [config] : Array.Empty<string>(), .. Shards(folder)];
    }

    /// <param name="folder">The folder.</param>
    /// <param name="families">Each gives the tensors of its family the family's own names and layout, and leaves others as they are.</param>
    /// <exception cref="DasException">A file is missing, damaged or says nothing of what is needed.</exception>
    public static Checkpoint Open(string folder, params IEnumerable<Func<HuggingFaceModel, HuggingFaceModel>> families) =>
        ShardedCheckpoint.Open(Shards(folder), shards =>
        {
            OrderedDictionary<string, StoredTensor> stored = [];
            foreach (Checkpoint shard in shards)
                foreach (string name in shard.Names)
                    if (!stored.TryAdd(name, shard.Find(name)))
                        throw new DasException(ErrorKind.Checkpoint,
                            $"'{shard.Path}' holds '{name}', which another file of '{folder}' holds too: download them again.");
            HuggingFaceModel model = families.Aggregate(new HuggingFaceModel(Path.Combine(folder, Config), stored, shards[0].Metadata),
                (model, family) => family(model));
            return new ShardedCheckpoint(folder, shards, model.Tensors, model.Metadata);
        });

    private static IReadOnlyList<string> Shards(string folder)
    {
        foreach (string whole in Layouts)
        {
            string index = Path.Combine(folder, whole + ".index.json"), single = Path.Combine(folder, whole);
            if (File.Exists(index)) return Indexed(folder, index);
            if (File.Exists(single)) return [single];
        }
        throw new DasException(ErrorKind.Checkpoint, $"'{folder}' holds no weights of a known layout: params.json with consolidated.00.pth, or "
            + $"{string.Join(" or ", Layouts)}, whole or in parts with an index, was expected.");
    }

    private static string[] Indexed(string folder, string index)
    {
        if (ConfigFile.Read(index)["weight_map"] is not JsonObject { Count: > 0 } map)
            throw new DasException(ErrorKind.Checkpoint, $"'{index}' has no weight_map: names of tensors and their files were expected; download it again.");
        string[] files = [.. map.Select(entry => entry.Value?.ToString() ?? "").Distinct().Order(StringComparer.Ordinal)];
        foreach (string file in files)
            if (file.Length == 0 || file != Path.GetFileName(file) || !File.Exists(Path.Combine(folder, file)))
                throw new DasException(ErrorKind.Checkpoint, $"'{index}' names the file '{file}', which is not beside it: download all parts of the model.");
        return [.. files.Select(file => Path.Combine(folder, file))];
    }
}
