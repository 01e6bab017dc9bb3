namespace Das.Models.Checkpoints;

/// <summary>An element type of GGUF's tensors.</summary>
/// <param name="Id">Its number in a file.</param>
/// <param name="Name">The name that people know it by.</param>
/// <param name="Block">Numbers in a block; a row is whole blocks.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="Stored">What its tensors are read as: the type itself, or the one that its blocks are unpacked to.</param>
/// <param name="Unpack">From one block to its numbers; null where the bytes are the numbers.</param>
internal sealed record GgufType(uint Id, string Name, int Block, int Bytes, StoredType Stored, GgufBlocks.Unpack? Unpack)
{
    private static readonly GgufType[] Read =
    [
        Plain(0, ScalarType.Float32), Plain(1, ScalarType.Float16), Plain(30, ScalarType.BFloat16),
        Packed(2, "Q4_0", 32, 18, GgufBlocks.Q4), Packed(3, "Q4_1", 32, 20, GgufBlocks.Q4WithMinimum),
        Packed(6, "Q5_0", 32, 22, GgufBlocks.Q5), Packed(7, "Q5_1", 32, 24, GgufBlocks.Q5WithMinimum), Packed(8, "Q8_0", 32, 34, GgufBlocks.Q8),
        Packed(10, "Q2_K", 256, 84, GgufBlocks.Q2K), Packed(11, "Q3_K", 256, 110, GgufBlocks.Q3K), Packed(12, "Q4_K", 256, 144, GgufBlocks.Q4K),
        Packed(13, "Q5_K", 256, 176, GgufBlocks.Q5K), Packed(14, "Q6_K", 256, 210, GgufBlocks.Q6K),
    ];

    /// <summary>The other types that llama.cpp has or had, by number.</summary>
    private static readonly Dictionary<uint, string> NotRead = new()
    {
        [4] = "Q4_2", [5] = "Q4_3", [9] = "Q8_1", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [20] = "IQ4_NL",
        [21] = "IQ3_S", [22] = "IQ2_S", [23] = "IQ4_XS", [24] = "I8", [25] = "I16", [26] = "I32", [27] = "I64", [28] = "F64", [29] = "IQ1_M",
        [31] = "Q4_0_4_4", [32] = "Q4_0_4_8", [33] = "Q4_0_8_8", [34] = "TQ1_0", [35] = "TQ2_0", [36] = "IQ4_NL_4_4", [37] = "IQ4_NL_4_8",
        [38] = "IQ4_NL_8_8", [39] = "MXFP4",
    };

    public static string Known { get; } = string.Join(", ", Read.Select(type => type.Name));

    public static GgufType? Of(uint id) => Array.Find(Read, type => type.Id == id);

    /// <summary>What errors call a type that is not read.</summary>
    public static string NameOf(uint id) => NotRead.GetValueOrDefault(id) ?? $"number {id}";

    private static GgufType Plain(uint id, ScalarType type)
    {
        StoredType stored = StoredType.Of(type)!;
        return new(id, stored.Safetensors, 1, stored.Bytes, stored, null);
    }

    private static GgufType Packed(uint id, string name, int block, int bytes, GgufBlocks.Unpack unpack) =>
        new(id, name, block, bytes, StoredType.Of(ScalarType.Float32)!, unpack);
}
