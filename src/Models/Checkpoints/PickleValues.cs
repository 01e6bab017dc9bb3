namespace Das.Models.Checkpoints;

// What a pickle can hold here besides null, bool, long, double, string and byte[]. A Python list or set is a List<object?>, a tuple an object?[].

/// <summary>A dict by its text keys; entries under other keys are of no use to a reader of weights and are dropped.</summary>
internal sealed class PickleDict
{
    /// <summary>Longer keys are refused: looking one up again and again would make a small file slow.</summary>
    public const int LongestKey = 4096;

    public OrderedDictionary<string, object?> Items => field ??= [];
}

/// <summary>The name of a Python class or function. It is never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public string FullName => $"{Module}.{Name}";
}

/// <summary>Stands for an object that would need foreign code: its class, and its attributes if they were plain.</summary>
internal sealed record PickleOpaque(string Global)
{
    public PickleDict? Attributes { get; set; }
}

/// <summary>A storage by its key in the archive.</summary>
internal sealed record PickleStorage(StoredType Type, string Key, long Elements);

/// <summary>A strided view of a storage; offset and strides count elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);
