namespace Das.Models.Decoders;

/// <summary>
/// LLaMA as Meta gives it out: <c>params.json</c> beside <c>consolidated.00.pth</c>, and further parts where the model was cut for
/// several GPUs (method §4.1).
/// </summary>
internal static class MetaLlamaFolder
{
    private const string Config = "params.json", Parts = "consolidated.*.pth";

    /// <summary>Mistral gives its sizes out beside weights in Hugging Face's layout, too.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, Config))
        && (Directory.EnumerateFiles(folder, Parts).Any() || !File.Exists(Path.Combine(folder, "config.json")));

    /// <exception cref="DasException">There are sizes but no weights.</exception>
    public static IReadOnlyList<string> Files(string folder) => [Path.Combine(folder, Config), .. Shards(folder)];

    /// <exception cref="DasException">A file is missing, damaged or does not fit the others.</exception>
    public static Checkpoint Open(string folder)
    {
        var config = ConfigFile.Read(Path.Combine(folder, Config));
        int dim = config.Required<int>("dim");
        if (config.Value<bool>("use_scaled_rope") == true)
            throw new DasException(ErrorKind.Checkpoint, $"'{config.Path}' has use_scaled_rope true and does not say by which factors rotary positions are "
                + "scaled: give the Hugging Face folder of the same model, whose config.json does.");
        return ShardedCheckpoint.Open(Shards(folder), shards =>
        {
            OrderedDictionary<string, StoredTensor> tensors = [];
            foreach (string name in shards[0].Names) tensors.Add(name, Merged(folder, name, shards, dim));
            return new ShardedCheckpoint(folder, shards, tensors, LlamaMetadata.Of(tensors,
                (nameof(LlamaConfig.Dim), dim),
                (nameof(LlamaConfig.Layers), config.Required<int>("n_layers")),
                (nameof(LlamaConfig.Heads), config.Required<int>("n_heads")),
                (nameof(LlamaConfig.KvHeads), config.Value<int>("n_kv_heads")),
                (nameof(LlamaConfig.NormEps), config.Value<double>("norm_eps")),
                (nameof(LlamaConfig.RopeTheta), config.Value<double>("rope_theta"))));
        });
    }

    private static string[] Shards(string folder)
    {
        string[] shards = [.. Directory.EnumerateFiles(folder, Parts).Order(StringComparer.Ordinal)];
        return shards.Length > 0 ? shards
            : throw new DasException(ErrorKind.Checkpoint,
                $"'{folder}' holds {Config} but no weights: consolidated.00.pth was expected beside it; download it.");
    }

    private static StoredTensor Merged(string folder, string name, IReadOnlyList<Checkpoint> shards, int dim)
    {
        if (shards.FirstOrDefault(shard => !shard.Contains(name)) is { } lacking)
            throw new DasException(ErrorKind.Checkpoint,
                $"'{lacking.Path}' has no tensor '{name}', which '{shards[0].Path}' has: parts of one model were expected in "
                + $"'{folder}'; download them again.");
        StoredTensor first = shards[0].Find(name);
        if (shards.Count == 1 || SplitDimension(name, first.Shape, dim) is not { } dimension) return first;

        foreach (Checkpoint shard in shards)
            if (shard.Type(name) != first.Type.Type || shard.Shape(name).Count != first.Shape.Length || shard.Shape(name)
                .Where((size, d) => d != dimension && size != first.Shape[d]).Any())
                throw new DasException(ErrorKind.Checkpoint,
                    $"'{shard.Path}' has '{name}' of shape {TensorMemory.Text(shard.Shape(name))}, which does not continue "
                    + $"{TensorMemory.Text(first.Shape)} of '{shards[0].Path}': parts of one model were expected; download them again.");
        long[] shape = [.. first.Shape];
        shape[dimension] = shards.Sum(shard => shard.Shape(name)[dimension]);
        return new(first.Type, shape, () => Concatenated(name, shards, first.Type, shape, dimension));
    }

    /// <summary>The dimension that a tensor is split along; null where every shard has all of it. LLaMA 3 splits its token table by rows, the others
    /// by columns.</summary>
    private static int? SplitDimension(string name, long[] shape, int dim) => shape.Length != 2 ? null : name.Split('.') is [.., var part, _] ? part switch
    {
        "tok_embeddings" => shape[1] == dim ? 0 : 1,
        "output" or "wq" or "wk" or "wv" or "w1" or "w3" => 0,
        "wo" or "w2" => 1,
        _ => null,
    } : null;

    private static Tensor Concatenated(string name, IReadOnlyList<Checkpoint> shards, StoredType type, long[] shape, int dimension)
    {
        Tensor whole = TensorMemory.New(shape, type);
        long at = 0;
        foreach (Checkpoint shard in shards)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor piece = shard.Read(name);
            whole.narrow(dimension, at, piece.shape[dimension]).copy_(piece);
            at += piece.shape[dimension];
        }
        return whole;
    }
}
