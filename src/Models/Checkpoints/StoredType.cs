namespace Das.Models.Checkpoints;

/// <summary>An element type both file formats can hold.</summary>
/// <param name="Type">Its TorchSharp type.</param>
/// <param name="Bytes">Size of one element.</param>
/// <param name="Safetensors">Its <c>dtype</c> in a safetensors header.</param>
/// <param name="Storage">The Python class of its storages in a <c>torch.save</c> file.</param>
internal sealed record StoredType(torch.ScalarType Type, int Bytes, string Safetensors, string Storage)
{
    private static readonly StoredType[] All =
    [
        new(torch.ScalarType.Float64, 8, "F64", "DoubleStorage"),
        new(torch.ScalarType.Float32, 4, "F32", "FloatStorage"),
        new(torch.ScalarType.Float16, 2, "F16", "HalfStorage"),
        new(torch.ScalarType.BFloat16, 2, "BF16", "BFloat16Storage"),
        new(torch.ScalarType.Int64, 8, "I64", "LongStorage"),
        new(torch.ScalarType.Int32, 4, "I32", "IntStorage"),
        new(torch.ScalarType.Int16, 2, "I16", "ShortStorage"),
        new(torch.ScalarType.Int8, 1, "I8", "CharStorage"),
        new(torch.ScalarType.Byte, 1, "U8", "ByteStorage"),
        new(torch.ScalarType.Bool, 1, "BOOL", "BoolStorage"),
    ];

    public static string Known { get; } = string.Join(", ", All.Select(t => t.Safetensors));

    public static StoredType? Named(string? safetensors) => Array.Find(All, t => t.Safetensors == safetensors);

    public static StoredType? OfStorage(string storage) => Array.Find(All, t => t.Storage == storage);

    public static StoredType? Of(torch.ScalarType type) => Array.Find(All, t => t.Type == type);
}
