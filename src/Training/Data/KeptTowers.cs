using Das.Artifacts;

namespace Das.Training.Data;

/// <summary>
/// What a backbone's frozen image tower makes of every picture of a split, computed once and kept as an Arrow file that is
/// named after all it depends on. Kept as float32 it is bit for bit what the tower would compute again. Texts are not kept:
/// <c>docs/decisions/0008-text-towers-are-not-kept.md</c>.
/// </summary>
public sealed class KeptTowers : IDisposable
{
    /// <summary>The folder of the artifact store that such files lie in.</summary>
    public const string FolderName = "towers";

    private readonly FeatureTable table;
    private readonly ScalarType type;
    private readonly long tokens, width;

    private KeptTowers(FeatureTable table, ScalarType type, long tokens, long width) =>
        (this.table, this.type, this.tokens, this.width) = (table, type, tokens, width);

    /// <summary>Opens what is kept for a split, after computing it where it is not; null where the recipe keeps nothing.</summary>
    /// <param name="inputs">The dataset, the model, the recipe, and where such files lie.</param>
    /// <param name="split">Whose pictures.</param>
    /// <param name="pictures">Number of pictures.</param>
    /// <param name="picture">Picture i, ready for the model: see the other overload.</param>
    internal static KeptTowers? Open(TaskInputs inputs, string split, int pictures, Func<int, Func<Tensor>> picture)
    {
        BackboneRecipe backbone = inputs.Recipe.Backbone;
        if (backbone.KeepTowers == "no") return null;
        string[] names = [.. inputs.Dataset.Splits[split].Select(name => inputs.Dataset.Files.Single(file => file.Name == name).Sha256), inputs.Weights(),
            backbone.Name, backbone.ImageSize.ToString(CultureInfo.InvariantCulture), backbone.Config?.ToJsonString() ?? "", inputs.Device.type.ToString()];
        return Open(inputs.Context.Kept, names, pictures, picture, image => inputs.Model.ImageTower(image.to(inputs.Device)),
            half: backbone.KeepTowers == "float16", (done, total) => inputs.Context.Progress(done, total, "pictures through the frozen tower"),
            inputs.Context.Log, inputs.Context.Cancellation);
    }

    /// <summary>Opens what is kept, after computing it where it is not or where the file is not the one that was sealed.</summary>
    /// <param name="folder">Where such files lie; made if it is not there.</param>
    /// <param name="inputs">Everything the numbers depend on: digests of the pictures' tables and of the weights, sizes, the transform.</param>
    /// <param name="pictures">Number of pictures.</param>
    /// <param name="picture">Finds picture i, on the caller's thread, and gives what makes it (1, 3, H, W), on whatever thread.</param>
    /// <param name="tower">(1, 3, H, W) pixels to (1, N, W).</param>
    /// <param name="half">Keep half the bytes and half the digits.</param>
    /// <param name="progress">Called with (pictures done, pictures in all) while computing.</param>
    /// <param name="log">Takes a sentence where a file is there and cannot be used.</param>
    /// <param name="cancellation">Takes effect within one picture; nothing half-written is left.</param>
    /// <exception cref="DasException">The file does not hold what it should.</exception>
    public static KeptTowers Open(string folder, IEnumerable<string> inputs, int pictures, Func<int, Func<Tensor>> picture, Func<Tensor, Tensor> tower,
        bool half, Action<long, long> progress, Action<string> log, CancellationToken cancellation)
    {
        ScalarType type = half ? ScalarType.Float16 : ScalarType.Float32;
        string name = Digest.Of(string.Join('\n', [.. inputs, type.ToString()]));
        string path = Path.Combine(folder, name + ".arrow");
        (long tokens, long width) = SizeOf(tower, picture(0)());
        if (new FolderDigests(folder, FileDigests.OfProcess).DamageOfSealed(Path.GetFileName(path), cancellation: cancellation) is { } damage)
        {
            if (!damage.IsMissing) log($"{damage.Sentence}: it is computed again.");
            Compute(path, pictures, picture, tower, type, progress, cancellation);
        }

        FeatureTable table = new(path);
        if (table.Count == pictures && table[0].Length == tokens * width * type.ElementSize()) return new(table, type, tokens, width);
        table.Dispose();
        throw new DasException(ErrorKind.Data, $"{path} holds other features than those of this model's image tower. Delete it; it is computed again.");
    }

    /// <summary>The tower's output for those pictures.</summary>
    /// <param name="pictures">B numbers; a negative one stands for no picture.</param>
    /// <returns>(B, N, W) float32, zeros where there is no picture.</returns>
    public Tensor Rows(IReadOnlyList<int> pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = zeros(pictures.Count, tokens, width, dtype: type);
        Span<byte> bytes = rows.bytes;
        int row = bytes.Length / pictures.Count;
        for (int i = 0; i < pictures.Count; i++)
            if (pictures[i] >= 0) table.Copy(pictures[i], bytes.Slice(i * row, row));
        return rows.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => table.Dispose();

    private static void Compute(string path, int pictures, Func<int, Func<Tensor>> picture, Func<Tensor, Tensor> tower, ScalarType type,
        Action<long, long> progress, CancellationToken cancellation)
    {
        using TableWriter writer = FeatureTable.Write(path);
        int done = 0;
        foreach (Tensor image in LookAhead.InOrder(Enumerable.Range(0, pictures).Select(picture)))
        {
            using Tensor taken = image;
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor features = tower(image).cpu().to_type(type).contiguous();
            writer.Add(new(new FeatureRow(), features.bytes.ToArray()));
            progress(++done, pictures);
        }
        writer.Complete();
        FileSeal.Write(path, FileDigests.OfProcess.Of(path, cancellation));
    }

    private static (long Tokens, long Width) SizeOf(Func<Tensor, Tensor> tower, Tensor first)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor taken = first;
        Tensor features = tower(first);
        return (features.shape[1], features.shape[2]);
    }
}
