using System.Text.RegularExpressions;

namespace Das.Models.Checkpoints;

/// <summary>A model as Hugging Face's libraries save it.</summary>
/// <param name="ConfigPath">Its <c>config.json</c>, which may be missing.</param>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">What is known of the whole.</param>
internal sealed record HuggingFaceModel(
    string ConfigPath, OrderedDictionary<string, StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>What stands in place of a <c>config.json</c> where the weights say their sizes themselves.</summary>
    public ConfigFile? Stated { get; init; }

    /// <exception cref="DasException">The <c>config.json</c> is missing or no JSON object.</exception>
    public ConfigFile Config() => Stated ?? ConfigFile.Read(ConfigPath);
}

/// <summary>The folder of such a model: <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or several of them with an index.</summary>
internal static partial class HuggingFaceFolder
{
    private const string Config = "config.json";

    private static readonly string[] Layouts = ["model.safetensors", "pytorch_model.bin"];

    /// <exception cref="DasException">The folder holds no weights of this layout, or its index names others.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        string config = Path.Combine(folder, Config);
        return [.. File.Exists(config) ? [config] : Array.Empty<string>(), .. Shards(folder).Files];
    }

    /// <param name="folder">The folder.</param>
    /// <param name="families">Each gives the tensors of its family the family's own names and layout, and leaves others as they are.</param>
    /// <exception cref="DasException">A file is missing, damaged or says nothing of what is needed.</exception>
    public static Checkpoint Open(string folder, params IEnumerable<Func<HuggingFaceModel, HuggingFaceModel>> families)
    {
        (IReadOnlyList<string> files, Index? index) = Shards(folder);
        return ShardedCheckpoint.Open(files, shards =>
        {
            index?.Check(shards);
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
    }

    private static (IReadOnlyList<string> Files, Index? Index) Shards(string folder)
    {
        foreach (string whole in Layouts)
        {
            string index = Path.Combine(folder, whole + ".index.json"), single = Path.Combine(folder, whole);
            if (File.Exists(index) && Index.Read(folder, index) is { } parts) return (parts.Files, parts);
            if (File.Exists(single)) return ([single], null);
        }
        throw new DasException(ErrorKind.Checkpoint, $"'{folder}' holds no weights of a known layout: params.json with consolidated.00.pth, or "
            + $"{string.Join(" or ", Layouts)}, whole or in parts with an index, was expected.");
    }

    /// <summary>Which file holds which tensor: <c>weight_map</c> of an index.</summary>
    private sealed partial class Index(string path, IReadOnlyList<string> files, IReadOnlyList<(string Tensor, string File)> map)
    {
        /// <summary>The files, in ordinal order.</summary>
        public IReadOnlyList<string> Files => files;

        /// <exception cref="DasException">It has no map, names a file that is not beside it, or leaves out one of its parts.</exception>
        public static Index Read(string folder, string path)
        {
            ConfigFile index = ConfigFile.Read(path);
            if (index.Section("weight_map") is not { Keys.Count: > 0 } map)
                throw new DasException(ErrorKind.Checkpoint, $"'{path}' has no weight_map: names of tensors and their files were expected; download it again.");
            (string Tensor, string File)[] entries = [.. map.Keys.Select(name => (name, map.Text(name) ?? ""))];
            string[] names = [.. entries.Select(entry => entry.File).Distinct().Order(StringComparer.Ordinal)];
            foreach (string file in names)
                if (file.Length == 0 || file != Path.GetFileName(file) || !File.Exists(Path.Combine(folder, file)))
                    throw new DasException(ErrorKind.Checkpoint,
                        $"'{path}' names the file '{file}', which is not beside it: download all parts of the model.");
            if (Part().Match(names[0]) is { Success: true } part && int.TryParse(part.Groups[1].Value, out int parts) && parts > names.Length)
                throw new DasException(ErrorKind.Checkpoint, $"'{path}' names {names.Length} of the {parts} parts that '{names[0]}' is one of: "
                    + $"download the index "
                    + "again.");
            return new(path, [.. names.Select(file => Path.Combine(folder, file))], entries);
        }

        /// <param name="shards">Of <see cref="Files"/>, opened.</param>
        /// <exception cref="DasException">A file lacks a tensor that the index promises.</exception>
        public void Check(IReadOnlyList<Checkpoint> shards)
        {
            Dictionary<string, Checkpoint> byName = shards.ToDictionary(shard => Path.GetFileName(shard.Path));
            Func<string, string> unwrap = WrappedNames.Unwrap([.. map.Select(entry => entry.Tensor)]);
            foreach ((string tensor, string file) in map)
                if (!byName[file].Contains(unwrap(tensor)) && byName[file].Refusal(unwrap(tensor)) is null)
                    throw new DasException(ErrorKind.Checkpoint, $"'{path}' says that '{tensor}' lies in '{file}', which has no such tensor: download "
                        + $"both again.");
        }

        [GeneratedRegex(@"-of-(\d{1,6})\.")]
        private static partial Regex Part();
    }
}
