namespace Das.Models.Checkpoints;

/// <summary>
/// A GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), version 2 or 3: metadata of every kind, and tensors, quantised ones among
/// them, which are unpacked to float32 while they are read. Tensors have the file's names, rows and columns.
/// </summary>
public sealed class GgufFile : Checkpoint
{
    /// <summary>Bytes of blocks that are unpacked at a time.</summary>
    private const int Piece = 1 << 18;

    /// <summary>A longer text is left out of <see cref="Metadata"/>: as long as those that are read as JSON.</summary>
    private const int LongestMetadata = 1 << 16;

    private readonly BoundedFile file;
    private readonly GgufHeader header;
    private readonly OrderedDictionary<string, StoredTensor> tensors = [];

    internal GgufFile(BoundedFile file) : base(file.Path)
    {
        this.file = file;
        header = new(file);
        foreach ((string name, GgufTensor tensor) in header.Tensors)
            tensors.Add(name, new(tensor.Type.Stored, tensor.Shape, () => Read(tensor, tensor.Shape, 0, tensor.Bytes))
            {
                ReadRows = tensor.Shape.Length < 2 ? null : (first, count) => Rows(tensor, first, count),
            });
    }

    /// <summary>Numbers, booleans and texts of the metadata; arrays: <see cref="Value"/>.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => field ??= header.Values
        .Where(value => value.Value.Type != GgufValue.Array).Select(value => (value.Key, Text: Plain(Value(value.Key)!)))
        .Where(value => value.Text.Length <= LongestMetadata).ToDictionary(value => value.Key, value => value.Text);

    /// <summary>What the file says of its tokenizer; null where it has none.</summary>
    /// <exception cref="DasException">It contradicts itself.</exception>
    public GgufVocabulary? Vocabulary => field ??= GgufVocabulary.Of(this);

    private protected override OrderedDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>Opens the file and checks its header.</summary>
    /// <exception cref="DasException">The file is not a whole, well-formed GGUF file.</exception>
    public static new GgufFile Open(string path) => WeightFile.Open(path, file => Is(file) ? new GgufFile(file)
        : throw new DasException(ErrorKind.Checkpoint, $"'{path}' does not begin with GGUF's magic: a GGUF file was expected."));

    /// <summary>A metadata value; null where there is none of that name.</summary>
    /// <returns>A number, a boolean or a text of the file's own type, or an array of them.</returns>
    /// <exception cref="DasException">A text in it is no UTF-8.</exception>
    public object? Value(string key) => WeightFile.Read(() => header.Value(key));

    /// <summary>Whether a file begins as one of this format.</summary>
    internal static bool Is(BoundedFile file) => file.Length >= 4 && file.Bytes(0, 4).AsSpan().SequenceEqual("GGUF"u8);

    internal GgufHeader Header => header;

    /// <summary>A tensor's bytes as they lie in the file.</summary>
    internal Stream Bytes(GgufTensor tensor) => file.Part(header.Data + tensor.Offset, tensor.Bytes);

    internal IEnumerable<string> Keys => header.Values.Keys;

    /// <summary>Entries of an array; null where there is no array of that name.</summary>
    internal long? Count(string key) => header.Values.TryGetValue(key, out GgufValue? value) && value.Type == GgufValue.Array ? value.Count : null;

    /// <summary>A whole number of any of the format's types; null where there is none.</summary>
    /// <exception cref="DasException">It is something else, or out of bounds.</exception>
    internal long? Whole(string key, long least, long most)
    {
        if (Value(key) is not { } value) return null;
        Int128? number = value switch
        {
            byte n => n, sbyte n => n, ushort n => n, short n => n, uint n => n, int n => n, ulong n => n, long n => n,
            _ => null,
        };
        return number >= least && number <= most ? (long)number : throw Wrong(key, value, $"a whole number from {least} to {most}");
    }

    /// <summary>A number that is finite; null where there is none.</summary>
    /// <exception cref="DasException">It is something else.</exception>
    internal double? Real(string key) => Value(key) switch
    {
        null => null,
        float and (>= float.MinValue and <= float.MaxValue) and var number => double.Parse(number.ToString("R", CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture), // 1e-05, which the float32 stands for
        double and (>= double.MinValue and <= double.MaxValue) and var number => number,
        var value => throw Wrong(key, value, "a number"),
    };

    /// <summary>Null where there is none.</summary>
    /// <exception cref="DasException">It is something else.</exception>
    internal bool? Flag(string key) => Value(key) switch
    {
        null => null,
        bool flag => flag,
        var value => throw Wrong(key, value, "true or false"),
    };

    /// <summary>Null where there is none.</summary>
    /// <exception cref="DasException">It is something else.</exception>
    internal string? Text(string key) => Value(key) switch
    {
        null => null,
        string text => text,
        var value => throw Wrong(key, value, "a text"),
    };

    /// <summary>Null where there is none.</summary>
    /// <exception cref="DasException">It is something else.</exception>
    internal T[]? List<T>(string key) => Value(key) switch
    {
        null => null,
        T[] list => list,
        var value => throw Wrong(key, value, $"a list of {(typeof(T) == typeof(string) ? "texts" : "numbers")} ({typeof(T).Name})"),
    };

    /// <summary>A sentence about the file.</summary>
    internal DasException Broken(string what) => header.Broken(what);

    /// <summary>A metadata value, for errors.</summary>
    internal static string Shown(object value)
    {
        const int most = 200;
        return value is Array list ? $"a list of {list.Length}" : Plain(value) is { Length: > most } text ? text[..most] + "…" : Plain(value);
    }

    private protected override void Dispose(bool disposing) => file.Dispose();

    private DasException Wrong(string key, object value, string expected) => Broken($"it gives {key} as {Shown(value)}, where {expected} is expected");

    private static string Plain(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private Tensor Rows(GgufTensor tensor, long first, long count)
    {
        long row = tensor.Bytes / tensor.Shape[0];
        return Read(tensor, [count, .. tensor.Shape[1..]], first * row, count * row);
    }

    private unsafe Tensor Read(GgufTensor tensor, long[] shape, long from, long bytes)
    {
        ObjectDisposedException.ThrowIf(file.IsDisposed, this);
        Tensor read = TensorMemory.New(shape, tensor.Type.Stored);
        try
        {
            long at = header.Data + tensor.Offset + from;
            byte* to = TensorMemory.Pointer(read);
            if (tensor.Type.Unpack is null) file.Copy(at, bytes, to);
            else Unpack(tensor.Type, at, bytes, (float*)to);
            return read;
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    private unsafe void Unpack(GgufType type, long at, long bytes, float* to)
    {
        byte[] piece = new byte[Math.Min(bytes, Piece / type.Bytes * type.Bytes)];
        for (long done = 0; done < bytes; done += piece.Length)
        {
            Span<byte> blocks = piece.AsSpan(0, (int)Math.Min(piece.Length, bytes - done));
            file.Copy(at + done, blocks);
            for (int block = 0; block < blocks.Length; block += type.Bytes, to += type.Block)
                type.Unpack!(blocks.Slice(block, type.Bytes), new Span<float>(to, type.Block));
        }
    }
}
