namespace Das.Models.Checkpoints;

/// <summary>
/// A safetensors file (https://github.com/huggingface/safetensors): the length of a JSON header as a
/// little-endian u64, the header, then the tensors' bytes without holes.
/// </summary>
public sealed class SafetensorsFile : Checkpoint
{
    /// <summary>The format's own limit on its header.</summary>
    internal const long LongestHeader = 100_000_000;

    /// <summary>Header → tensor → array.</summary>
    private const int Depth = 8;

    private readonly BoundedFile file;
    private readonly long data;
    private readonly OrderedDictionary<string, StoredTensor> tensors = [];
    private readonly OrderedDictionary<string, StoredTensor> stored = [];
    private readonly Dictionary<string, string> metadata = [];
    private readonly List<(long Begin, long End, string Name)> extents = [];

    internal SafetensorsFile(BoundedFile file) : base(file.Path)
    {
        this.file = file;
        ulong length = file.Length < 8 ? ulong.MaxValue : BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, 8));
        if (length > (ulong)(file.Length - 8)) throw Broken($"its header of {length} bytes does not fit into {file.Length}");
        if (length > LongestHeader) throw Broken($"its header of {length} bytes is longer than the format allows ({LongestHeader})");
        data = 8 + (long)length;
        ReadHeader(file.Bytes(8, (int)length));
        CheckExtents();
        Func<string, string> unwrap = WrappedNames.Unwrap(stored.Keys);
        foreach ((string name, StoredTensor tensor) in stored)
            if (!tensors.TryAdd(unwrap(name), tensor)) throw Broken($"'{name}' stands in it twice, once in a wrapper");
    }

    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    private protected override OrderedDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>Opens the file and checks its header.</summary>
    /// <exception cref="DasException">The file is not a whole, well-formed safetensors file.</exception>
    public static new SafetensorsFile Open(string path) => WeightFile.Open(path, file => new SafetensorsFile(file));

    private protected override void Dispose(bool disposing) => file.Dispose();

    private void ReadHeader(ReadOnlySpan<byte> header)
    {
        Utf8JsonReader json = new(header, new JsonReaderOptions { MaxDepth = Depth });
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw Broken("its header is not a JSON object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                if (name.Length > PickleDict.LongestKey) throw Broken($"it has a name of {name.Length} characters, where at most "
                    + $"{PickleDict.LongestKey} are read");
                json.Read();
                if (json.TokenType != JsonTokenType.StartObject) throw Broken($"'{name}' is not a JSON object");
                if (name == "__metadata__") ReadMetadata(ref json);
                else ReadTensor(ref json, name);
            }
            while (json.Read()) { }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Broken("its header is not valid JSON", e);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String || !metadata.TryAdd(key, json.GetString()!))
                throw Broken($"its metadata '{key}' is not one text");
        }
    }

    private void ReadTensor(ref Utf8JsonReader json, string name)
    {
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.GetString()!;
            json.Read();
            if (field == "dtype") dtype = json.GetString();
            else if (field == "shape") shape = ReadNumbers(ref json, name, field, TensorMemory.MostDimensions);
            else if (field == "data_offsets") offsets = ReadNumbers(ref json, name, field, most: 2);
            else json.Skip();
        }

        StoredType type = StoredType.Named(dtype) ?? throw Broken($"'{name}' has dtype '{dtype}' where one of {StoredType.Known} is expected");
        if (shape is null || !TensorMemory.TryCount(shape, out long elements)) throw Broken($"'{name}' has no usable shape");
        if (offsets is not { Count: 2 } || offsets[0] > offsets[1]) throw Broken($"'{name}' has no pair of ascending data_offsets");
        (long begin, long end) = (offsets[0], offsets[1]);
        if (end > file.Length - data) throw Broken($"'{name}' ends at byte {end} of {file.Length - data} bytes of data");
        long bytes = elements * type.Bytes;
        if (end - begin != bytes) throw Broken($"'{name}' of shape {TensorMemory.Text(shape)} and dtype {dtype} needs {bytes} bytes but has {end - begin}");

        long[] sizes = [.. shape];
        StoredTensor tensor = new(type, sizes, () => Read(name, type, sizes, begin, bytes))
        {
            ReadRows = sizes.Length < 2 || sizes[0] == 0 ? null : (first, count) =>
                Read(name, type, [count, .. sizes[1..]], begin + (first * (bytes / sizes[0])), count * (bytes / sizes[0])),
        };
        if (!stored.TryAdd(name, tensor)) throw Broken($"'{name}' stands in it twice");
        extents.Add((begin, end, name));
    }

    private List<long> ReadNumbers(ref Utf8JsonReader json, string name, string field, int most)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Broken($"'{name}' has a {field} that is not a list");
        List<long> numbers = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0 || numbers.Count == most)
                throw Broken($"'{name}' has a {field} that is not a list of at most {most} non-negative integers");
            numbers.Add(number);
        }
        return numbers;
    }

    private void CheckExtents()
    {
        extents.Sort();
        long end = 0;
        foreach ((long begin, long next, string name) in extents)
        {
            if (begin != end) throw Broken($"'{name}' starts at byte {begin} where {end} is expected "
                + $"({(begin < end ? "it overlaps another tensor" : "there is a hole before it")})");
            end = next;
        }
        if (end != file.Length - data) throw Broken($"{file.Length - data} bytes of data follow a header that accounts for {end}");
        extents.Clear();
    }

    private unsafe Tensor Read(string name, StoredType type, long[] shape, long begin, long bytes)
    {
        ObjectDisposedException.ThrowIf(file.IsDisposed, this);
        Tensor tensor = TensorMemory.New(shape, type);
        try
        {
            byte* start = TensorMemory.Pointer(tensor);
            file.Copy(data + begin, bytes, start);
            if (type.Type == ScalarType.Bool && !TensorMemory.HoldsOnlyBooleans(start, bytes))
                throw Broken($"'{name}' holds bytes other than 0 and 1 where booleans are expected");
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private DasException Broken(string what, Exception? inner = null) =>
        new(ErrorKind.Checkpoint, $"'{Path}' is not a usable safetensors file: {what}; copy, download or save it again.", inner);
}
