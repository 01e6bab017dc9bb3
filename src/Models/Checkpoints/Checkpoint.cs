namespace Das.Models.Checkpoints;

/// <summary>
/// The named tensors of one model's weight file or files, whatever their format. Opening reads names and shapes only; a tensor's bytes are
/// touched when it is read. Nothing in a file is ever executed, and no length in it is believed before it is checked.
/// </summary>
public abstract class Checkpoint : IDisposable
{
    /// <summary>In <see cref="Metadata"/>: the architecture as JSON, as far as the files say it.</summary>
    public const string ConfigKey = "das.config";

    /// <summary>In <see cref="Metadata"/>: the layers that the files lack because the model was finished without them, as <c>[3, 7]</c>.</summary>
    public const string SkipModuleKey = "das.skip_module";

    /// <summary>In <see cref="Metadata"/>: what the files say of an image tower or of a text tower, as JSON, by the names of the configurations of models
    /// that have such a part.</summary>
    public const string VisionKey = "das.vision", TextKey = "das.text";

    /// <summary>Bytes that tell formats apart.</summary>
    private const int LongestHead = 64;

    private protected Checkpoint(string path) => Path = path;

    /// <summary>The file or the folder, as it was given.</summary>
    public string Path { get; }

    /// <summary>Names of the tensors, in the file's order.</summary>
    public IReadOnlyCollection<string> Names => Tensors.Keys;

    /// <summary>Numbers in all tensors together.</summary>
    public long Elements => Tensors.Values.Aggregate(0L, (sum, tensor) =>
        sum + (TensorMemory.TryCount(tensor.Shape, out long elements) ? Math.Min(elements, long.MaxValue - sum) : 0));

    /// <summary>Texts by name: a safetensors header's <c>__metadata__</c>, or the plain values of an archive by dotted
    /// path; of a family's published files <see cref="ConfigKey"/>.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    private protected abstract OrderedDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>
    /// Opens a <c>.safetensors</c> file, a <c>.gguf</c> file or a <c>torch.save</c> archive (<c>.ckpt</c>, <c>.pth</c>, <c>.bin</c>, TorchScript's
    /// <c>.pt</c>), told apart by content, whose tensors keep their names. Families' own formats and folders: <c>CheckpointFiles.Open</c>.
    /// </summary>
    /// <exception cref="DasException">The file is missing, damaged or of no known format.</exception>
    public static Checkpoint Open(string path) => Open(path, _ => null);

    /// <param name="path">A file.</param>
    /// <param name="family">A format of one family's; null where the file is not of it.</param>
    /// <inheritdoc cref="Open(string)"/>
    internal static Checkpoint Open(string path, Func<BoundedFile, Checkpoint?> family) =>
        WeightFile.Open<Checkpoint>(path, file =>
        {
            ReadOnlySpan<byte> head = file.Bytes(0, Math.Min(file.Length, LongestHead));
            if (family(file) is { } known) return known;
            if (GgufFile.Is(file)) return new GgufFile(file);
            if (head.Length > 8 && head[8] == '{') return new SafetensorsFile(file);
            if (head.StartsWith("PK"u8)) return new TorchArchive(file);
            if (head.StartsWith("version https://git-lfs"u8))
                throw new DasException(ErrorKind.Checkpoint, $"'{path}' is a Git LFS pointer, a text of {file.Length} bytes that stands for the weight file: "
                    + "fetch the file itself with git lfs pull, or download it again.");
            if (head.TrimStart(" \t\r\n"u8).StartsWith("<"u8))
                throw new DasException(ErrorKind.Checkpoint, $"'{path}' is a web page, not a weight file: download it again, signed in where that is "
                    + $"asked for.");
            throw new DasException(ErrorKind.Checkpoint, head[0] == 0x80
                ? $"'{path}' is in the format torch.save wrote before PyTorch 1.6: a zip archive was expected; resave it with torch.save(torch.load(path), "
                    + "path) in PyTorch 1.6 or newer."
                : $"'{path}' is neither a safetensors file nor a GGUF file nor a torch.save archive: give a .safetensors, .gguf, .ckpt, .pth or .bin weight "
                    + "file, or download it again.");
        });

    public bool Contains(string name) => Tensors.ContainsKey(name);

    /// <exception cref="DasException">There is no such tensor.</exception>
    public IReadOnlyList<long> Shape(string name) => Find(name).Shape;

    /// <summary>The element type that it is read as: the one the file stores, or float32 for a quantised one.</summary>
    /// <exception cref="DasException">There is no such tensor.</exception>
    public ScalarType Type(string name) => Find(name).Type.Type;

    /// <summary>The tensor on the CPU, contiguous, in the element type of <see cref="Type"/>; the caller owns it.</summary>
    /// <exception cref="DasException">There is no such tensor, or its bytes are damaged.</exception>
    public Tensor Read(string name) => WeightFile.Read(Find(name).Read);

    /// <summary>Copies a tensor to one of its shape, converted to that one's element type and device. Where the file's form allows it, no more than a few
    /// rows are held beside it.</summary>
    /// <exception cref="DasException">There is no such tensor, or its bytes are damaged.</exception>
    internal void CopyTo(string name, Tensor destination)
    {
        StoredTensor stored = Find(name);
        if (stored.ReadRows is not { } rows)
        {
            using Tensor whole = WeightFile.Read(stored.Read);
            destination.copy_(whole);
            return;
        }
        const long atOnce = 1 << 22; // elements
        long count = Math.Max(1, atOnce * stored.Shape[0] / Math.Max(1, destination.numel()));
        for (long first = 0; first < stored.Shape[0]; first += count)
        {
            long some = Math.Min(count, stored.Shape[0] - first);
            using Tensor part = WeightFile.Read(() => rows(first, some)), place = destination.narrow(0, first, some);
            place.copy_(part);
        }
    }

    /// <summary>Why a name that stands in the file is not among <see cref="Names"/>, or null.</summary>
    internal virtual string? Refusal(string name) => null;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract void Dispose(bool disposing);

    /// <exception cref="DasException">There is no such tensor.</exception>
    internal StoredTensor Find(string name)
    {
        if (Tensors.TryGetValue(name, out StoredTensor? stored)) return stored;
        if (Refusal(name) is { } reason) throw new DasException(ErrorKind.Checkpoint, reason);
        string near = Nearest.To(name, Names) is { } other ? $"did you mean '{other}'?" : "it holds none with a similar name.";
        throw new DasException(ErrorKind.Checkpoint, $"'{Path}' has no tensor '{name}' among its {Names.Count}: {near}");
    }
}

/// <summary>A tensor in a file.</summary>
/// <param name="Type">Of its elements, once they are read.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Read">All of it.</param>
internal sealed record StoredTensor(StoredType Type, long[] Shape, Func<Tensor> Read)
{
    /// <summary>What is read in another way is no longer read by rows.</summary>
    public Func<Tensor> Read
    {
        get;
        init => (field, ReadRows) = (value, null);
    } = Read;

    /// <summary>Some of the rows, by the first one's number and their count; null where all are read at once.</summary>
    public Func<long, long, Tensor>? ReadRows { get; init; }
}
