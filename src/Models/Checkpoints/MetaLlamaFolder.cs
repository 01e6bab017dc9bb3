using static Das.Models.Checkpoints.LlamaStatement;

namespace Das.Models.Checkpoints;

/// <summary>
/// LLaMA as Meta gives it out: <c>params.json</c> beside <c>consolidated.00.pth</c>, and further parts where the model was cut for
/// several GPUs (method §4.1).
/// </summary>
internal static class MetaLlamaFolder
{
    private const string Sizes = "params.json";

    public static bool Is(string folder) => File.Exists(Path.Combine(folder, Sizes));

    /// <exception cref="DasException">The sizes stand there alone.</exception>
    public static IReadOnlyList<string> Files(string folder) => [Path.Combine(folder, Sizes), .. Parts(folder)];

    /// <exception cref="DasException">A file is missing, damaged or does not fit the others.</exception>
    public static Checkpoint Open(string folder)
    {
        string file = Path.Combine(folder, Sizes);
        JsonObject sizes = Read(file);
        int dim = Required<int>(sizes, file, "dim");
        return JoinedCheckpoint.Open(Parts(folder), parts =>
        {
            OrderedDictionary<string, StoredTensor> tensors = [];
            foreach (string name in parts[0].Names) tensors.Add(name, Merged(folder, name, parts, dim));
            return new JoinedCheckpoint(folder, parts, tensors, Of(tensors,
                (nameof(LlamaConfig.Dim), dim),
                (nameof(LlamaConfig.Layers), Required<int>(sizes, file, "n_layers")),
                (nameof(LlamaConfig.Heads), Required<int>(sizes, file, "n_heads")),
                (nameof(LlamaConfig.KvHeads), Value<int>(sizes, file, "n_kv_heads")),
                (nameof(LlamaConfig.NormEps), Value<double>(sizes, file, "norm_eps")),
                (nameof(LlamaConfig.RopeTheta), Value<double>(sizes, file, "rope_theta"))));
        });
    }

    private static string[] Parts(string folder)
    {
        string[] parts = [.. Directory.EnumerateFiles(folder, "consolidated.*.pth").Order(StringComparer.Ordinal)];
        return parts.Length > 0 ? parts
            : throw new DasException(ErrorKind.Checkpoint, $"'{folder}' holds {Sizes} but no weights: consolidated.00.pth was expected beside it; download it.");
    }

    private static StoredTensor Merged(string folder, string name, IReadOnlyList<Checkpoint> parts, int dim)
    {
        if (parts.FirstOrDefault(part => !part.Contains(name)) is { } lacking)
            throw new DasException(ErrorKind.Checkpoint, $"'{lacking.Path}' has no tensor '{name}', which '{parts[0].Path}' has: parts of one model were expected in "
                + $"'{folder}'; download them again.");
        StoredTensor first = parts[0].Find(name);
        if (parts.Count == 1 || Cut(name, first.Shape, dim) is not { } along) return first;

        foreach (Checkpoint part in parts)
            if (part.Type(name) != first.Type.Type || part.Shape(name).Count != first.Shape.Length || part.Shape(name)
                .Where((size, d) => d != along && size != first.Shape[d]).Any())
                throw new DasException(ErrorKind.Checkpoint, $"'{part.Path}' has '{name}' of shape {TensorMemory.Text(part.Shape(name))}, which does not continue "
                    + $"{TensorMemory.Text(first.Shape)} of '{parts[0].Path}': parts of one model were expected; download them again.");
        long[] shape = [.. first.Shape];
        shape[along] = parts.Sum(part => part.Shape(name)[along]);
        return new(first.Type, shape, () => Joined(name, parts, first.Type, shape, along));
    }

    /// <summary>The dimension a tensor is cut along; null where every part has all of it. LLaMA 3 cuts its token table by rows, the others by
    /// columns.</summary>
    private static int? Cut(string name, long[] shape, int dim) => shape.Length != 2 ? null : name.Split('.')[^2] switch
    {
        "tok_embeddings" => shape[1] == dim ? 0 : 1,
        "output" or "wq" or "wk" or "wv" or "w1" or "w3" => 0,
        "wo" or "w2" => 1,
        _ => null,
    };

    private static Tensor Joined(string name, IReadOnlyList<Checkpoint> parts, StoredType type, long[] shape, int along)
    {
        Tensor whole = TensorMemory.New(shape, type);
        long at = 0;
        foreach (Checkpoint part in parts)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor piece = part.Read(name);
            whole.narrow(along, at, piece.shape[along]).copy_(piece);
            at += piece.shape[along];
        }
        return whole;
    }
}
