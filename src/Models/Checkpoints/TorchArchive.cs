namespace Das.Models.Checkpoints;

/// <summary>
/// A file written by <c>torch.save</c> (PyTorch 1.6 or newer): a zip archive with a pickle, <c>data.pkl</c>, and one entry per
/// storage. The tensors are those of the dict under <c>state_dict</c>, else under <c>model</c>, else at the top (method §9.4),
/// else under <c>module</c>, where DeepSpeed has them.
/// A TorchScript archive (<c>torch.jit.save</c>: CLIP's <c>.pt</c>) is read as the state dict of its module.
/// The reader knows tensors and plain containers; anything else is carried as a name and never run.
/// </summary>
public sealed class TorchArchive : Checkpoint
{
    private const string Pickle = "data.pkl";

    /// <summary>The pickle of a full-size checkpoint with optimizer states takes 2 MB.</summary>
    private const int LongestPickle = 32 << 20;

    /// <summary>A view may repeat its storage, but not beyond what the file could hold itself; small ones always may.</summary>
    private const long AlwaysAllowed = 4 << 20;

    private readonly BoundedFile file;
    private readonly ZipDirectory zip;
    private readonly string folder;
    private readonly OrderedDictionary<string, StoredTensor> tensors = [];
    private readonly Dictionary<string, string> refused = [];
    private readonly Lazy<IReadOnlyDictionary<string, string>> metadata;

    internal TorchArchive(BoundedFile file) : base(file.Path)
    {
        this.file = file;
        zip = new(file);
        string pickle = zip.Names.Where(n => n == Pickle || n.EndsWith("/" + Pickle, StringComparison.Ordinal)).MinBy(n => n.Length)
            ?? throw Broken($"it has no {Pickle}");
        folder = pickle[..^Pickle.Length];
        if (zip.Find(folder + "byteorder") is { } order && !zip.Read(order, most: 16).AsSpan().SequenceEqual("little"u8))
            throw Broken("it was written on a big-endian machine");

        PickleDict root = Parse(zip.Find(pickle)!);
        PickleDict weights = Weights(root);
        Func<string, string> unwrap = WrappedNames.Unwrap(weights.Items.Keys);
        foreach ((string stored, object? value) in weights.Items)
        {
            string name = unwrap(stored);
            bool first = value switch
            {
                PickleTensor view => tensors.TryAdd(name, new(view.Storage.Type, view.Shape, Reader(name, view))),
                PickleOpaque opaque => refused.TryAdd(name, opaque.Global),
                _ => true,
            };
            if (!first) throw Broken($"'{stored}' stands in it twice, once in a wrapper");
        }
        metadata = new(() => PlainValues.Of(root));
    }

    public override IReadOnlyDictionary<string, string> Metadata => metadata.Value;

    private protected override OrderedDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>Opens the archive and reads its pickle.</summary>
    /// <exception cref="DasException">The file is not a whole, well-formed archive.</exception>
    public static new TorchArchive Open(string path) => WeightFile.Open(path, file => new TorchArchive(file));

    internal override string? Refusal(string name) => refused.TryGetValue(name, out string? global)
        ? $"'{Path}' builds '{name}' with {global}, which is not a plain tensor and would need foreign code: save it as a plain tensor again."
        : null;

    private protected override void Dispose(bool disposing) => file.Dispose();

    private PickleDict Parse(ZipEntry pickle)
    {
        ReadOnlySpan<byte> program = zip.Read(pickle, LongestPickle);
        try
        {
            object? value = new PickleReader(program).Read();
            return value as PickleDict ?? ScriptModule.StateDict(value) ?? throw Broken("it does not hold a dict");
        }
        catch (InvalidDataException e)
        {
            throw Broken(e.Message, e);
        }
    }

    private PickleDict Weights(PickleDict root)
    {
        foreach (string key in (ReadOnlySpan<string>)["state_dict", "model", "module"])
            if (root.Items.TryGetValue(key, out object? value) && value is PickleDict dict && HasTensors(dict)) return dict;
        if (HasTensors(root)) return root;
        throw new DasException(ErrorKind.Checkpoint, $"'{Path}' holds no tensors under state_dict, model, module or at the top: save a state dict with "
            + "torch.save(model.state_dict(), path).");
    }

    private static bool HasTensors(PickleDict dict) => dict.Items.Values.Any(v => v is PickleTensor);

    private Func<Tensor> Reader(string name, PickleTensor view)
    {
        (PickleStorage storage, long offset, long[] shape, long[] strides) = view;
        string key = $"{folder}data/{storage.Key}";
        ZipEntry entry = zip.Find(key) ?? throw Broken($"'{name}' lies in the entry '{key}', which is missing");
        if (storage.Elements > entry.Bytes / storage.Type.Bytes)
            throw Broken($"'{name}' needs {storage.Elements} elements of '{key}', which has {entry.Bytes} bytes");
        if (!TensorMemory.TryCount(shape, out long elements)) throw Broken($"'{name}' has the impossible shape {TensorMemory.Text(shape)}");
        if (elements > Math.Max(AlwaysAllowed, file.Length) / storage.Type.Bytes && elements > storage.Elements)
            throw Broken($"'{name}' of shape {TensorMemory.Text(shape)} repeats a storage of {storage.Elements} elements beyond the size of the file");

        long window = elements == 0 ? 0 : 1;
        for (int d = 0; d < shape.Length && window > 0; d++)
        {
            Int128 wider = window + ((Int128)(shape[d] - 1) * strides[d]);
            if (wider > storage.Elements) throw OutOfRange();
            window = (long)wider;
        }
        if (window > 0 && offset > storage.Elements - window) throw OutOfRange();
        bool contiguous = IsContiguous(shape, strides);
        return () => Read(name, storage.Type, entry, offset, window, shape, contiguous ? null : strides);

        DasException OutOfRange() =>
            Broken($"'{name}' of shape {TensorMemory.Text(shape)}, strides {TensorMemory.Text(strides)} and offset {offset} leaves its storage of "
            + $"{storage.Elements} elements");
    }

    private static bool IsContiguous(long[] shape, long[] strides)
    {
        long expected = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] != 1 && strides[d] != expected) return false;
            expected *= Math.Max(shape[d], 1);
        }
        return true;
    }

    private unsafe Tensor Read(string name, StoredType type, ZipEntry entry, long offset, long window, long[] shape, long[]? strides)
    {
        ObjectDisposedException.ThrowIf(file.IsDisposed, this);
        if (window == 0) return TensorMemory.New(shape, type);
        Tensor tensor = TensorMemory.New(strides is null ? shape : [window], type);
        try
        {
            byte* start = TensorMemory.Pointer(tensor);
            zip.Copy(entry, offset * type.Bytes, window * type.Bytes, start);
            if (type.Type == ScalarType.Bool && !TensorMemory.HoldsOnlyBooleans(start, window))
                throw Broken($"'{name}' holds bytes other than 0 and 1 where booleans are expected");
            if (strides is null) return tensor;
            using Tensor view = tensor.as_strided(shape, strides, 0);
            Tensor dense = view.contiguous();
            tensor.Dispose();
            return dense;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private DasException Broken(string what, Exception? inner = null) =>
        new(ErrorKind.Checkpoint, $"'{Path}' is not a usable torch.save archive: {what}; copy, download or save it again.", inner);
}
