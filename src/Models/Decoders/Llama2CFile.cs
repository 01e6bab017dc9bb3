namespace Das.Models.Decoders;

/// <summary>
/// llama2.c's first model format (https://github.com/karpathy/llama2.c, <c>export.py</c>, version 0): seven 32-bit sizes, then float32
/// matrices, those of one kind of all layers after each other; little-endian. It has two tables of rotations, which are computed here.
/// </summary>
public sealed class Llama2CFile : Checkpoint
{
    private const int Header = 7 * sizeof(int);

    /// <summary>The first bytes of later versions of the format.</summary>
    private const uint LaterVersion = 0x616b3432;

    /// <summary>ε of <c>run.c</c>'s norms; the file does not contain it.</summary>
    private const double Epsilon = 1e-5;

    /// <summary>Bounds for files that are something else: the largest LLaMA has 16384, 53248, 126 and 128 of these.</summary>
    private const int LargestDim = 1 << 16, LargestHidden = 1 << 20, MostLayers = 1 << 10, MostHeads = 1 << 10, LargestVocabulary = 1 << 24,
        MostPositions = 1 << 24;

    private static readonly StoredType Float = StoredType.Of(ScalarType.Float32)!;

    private readonly BoundedFile file;
    private readonly OrderedDictionary<string, StoredTensor> tensors = [];

    private Llama2CFile(BoundedFile file) : base(file.Path)
    {
        this.file = file;
        FileHeader sizes = FileHeader.Of(file.Bytes(0, Header))!;
        long at = Header;
        foreach ((string name, long[] shape, bool given) in Layout(sizes))
        {
            long bytes = shape.Aggregate((long)Float.Bytes, (product, size) => product * size), start = at;
            if (given) tensors.Add(name, new(Float, shape, () => Read(start, bytes, shape)));
            at += bytes;
        }
        if (at != file.Length)
            throw new DasException(ErrorKind.Checkpoint,
                $"'{Path}' is cut off or no model of llama2.c: its sizes ({sizes}) need {at} bytes and it has {file.Length}; copy "
                + "or download it again.");
        if (sizes.SharesTable) tensors.Add("output.weight", tensors["tok_embeddings.weight"]);
        Metadata = LlamaMetadata.Of(tensors,
            (nameof(LlamaConfig.Dim), sizes.Dim), (nameof(LlamaConfig.Layers), sizes.Layers), (nameof(LlamaConfig.Heads), sizes.Heads),
                (nameof(LlamaConfig.KvHeads), sizes.KvHeads),
            (nameof(LlamaConfig.NormEps), Epsilon), (nameof(LlamaConfig.MaxLength), LlamaMetadata.Positions(sizes.Positions)));
    }

    public override IReadOnlyDictionary<string, string> Metadata { get; }

    private protected override OrderedDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>A file of this format; null for one that does not begin like it.</summary>
    /// <exception cref="DasException">It is of a later version, or cut off.</exception>
    internal static Llama2CFile? Open(BoundedFile file)
    {
        if (file.Length < Header) return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(file.Bytes(0, sizeof(uint))) == LaterVersion)
            throw new DasException(ErrorKind.Checkpoint,
                $"'{file.Path}' is in a later format of llama2.c: version 0 was expected; export the model again with --version 0.");
        return FileHeader.Of(file.Bytes(0, Header)) is null ? null : new(file);
    }

    private protected override void Dispose(bool disposing) => file.Dispose();

    /// <summary>The file's tensors in its order; the tables of rotations are not given.</summary>
    private static IEnumerable<(string Name, long[] Shape, bool Given)> Layout(FileHeader s)
    {
        long kv = s.KvHeads * (s.Dim / s.Heads);
        (string Name, long[] Shape)[] perLayer =
        [
            ("attention_norm", [s.Dim]), ("attention.wq", [s.Dim, s.Dim]), ("attention.wk", [kv, s.Dim]), ("attention.wv", [kv, s.Dim]),
                ("attention.wo", [s.Dim, s.Dim]),
            ("ffn_norm", [s.Dim]), ("feed_forward.w1", [s.Hidden, s.Dim]), ("feed_forward.w2", [s.Dim, s.Hidden]), ("feed_forward.w3", [s.Hidden, s.Dim]),
        ];
        yield return ("tok_embeddings.weight", [s.Vocabulary, s.Dim], true);
        foreach ((string name, long[] shape) in perLayer)
            for (int layer = 0; layer < s.Layers; layer++) yield return ($"layers.{layer}.{name}.weight", shape, true);
        yield return ("norm.weight", [s.Dim], true);
        yield return ("cosines", [s.Positions, s.Dim / s.Heads / 2], false);
        yield return ("sines", [s.Positions, s.Dim / s.Heads / 2], false);
        if (!s.SharesTable) yield return ("output.weight", [s.Vocabulary, s.Dim], true);
    }

    private unsafe Tensor Read(long start, long bytes, long[] shape)
    {
        ObjectDisposedException.ThrowIf(file.IsDisposed, this);
        Tensor tensor = TensorMemory.New(shape, Float);
        try
        {
            file.Copy(start, bytes, TensorMemory.Pointer(tensor));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private sealed record FileHeader(int Dim, int Hidden, int Layers, int Heads, int KvHeads, int Vocabulary, int Positions, bool SharesTable)
    {
        /// <summary>Null where no model has such sizes.</summary>
        public static FileHeader? Of(ReadOnlySpan<byte> header)
        {
            int[] n = new int[7];
            for (int i = 0; i < n.Length; i++) n[i] = BinaryPrimitives.ReadInt32LittleEndian(header[(i * sizeof(int))..]);
            bool possible = n[0] is > 0 and <= LargestDim && n[1] is > 0 and <= LargestHidden && n[2] is > 0 and <= MostLayers && n[3] is > 0 and <= MostHeads
                && n[4] > 0 && n[4] <= n[3] && n[5] is not 0 and >= -LargestVocabulary and <= LargestVocabulary && n[6] is > 0 and <= MostPositions
                && n[3] % n[4] == 0 && n[0] % (2 * n[3]) == 0;
            return possible ? new(n[0], n[1], n[2], n[3], n[4], Math.Abs(n[5]), n[6], SharesTable: n[5] > 0) : null;
        }

        public override string ToString() =>
            $"dim {Dim}, hidden {Hidden}, {Layers} layers, {Heads} heads, {KvHeads} of keys, {Vocabulary} tokens, {Positions} positions";
    }
}
