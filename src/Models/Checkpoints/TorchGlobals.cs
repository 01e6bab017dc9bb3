namespace Das.Models.Checkpoints;

/// <summary>The few Python functions whose results a weight file is made of, by meaning; all others are refused.</summary>
internal static class TorchGlobals
{
    /// <summary>The result of calling <paramref name="global"/>; a placeholder unless it is on the list.</summary>
    /// <exception cref="InvalidDataException">A listed function is given arguments torch.save never writes.</exception>
    public static object? Call(PickleGlobal global, object?[] arguments) => (global.Module, global.Name) switch
    {
        ("collections", "OrderedDict") when arguments.Length == 0 => new PickleDict(),
        ("torch", "Size") when arguments is [object?[] sizes] => sizes,
        ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => Tensor(arguments),
        ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") when arguments.Length > 0 => arguments[0],
        _ => new PickleOpaque(global.FullName),
    };

    /// <summary>The storage a persistent id ("storage", class, key, device, elements) names, a placeholder for one of an unknown element type, or
    /// null when the id is another thing.</summary>
    public static object? Storage(object? id)
    {
        if (id is not object?[] parts || parts is not ["storage", PickleGlobal { Module: "torch" or "torch.storage" } type, string { Length: <= 64 } key,
            string, long elements and >= 0]) return null;
        return StoredType.OfStorage(type.Name) is { } stored ? new PickleStorage(stored, key, elements) : new PickleOpaque(type.FullName);
    }

    private static object Tensor(object?[] arguments)
    {
        if (arguments is [PickleOpaque unknown, ..]) return unknown;
        return arguments is [PickleStorage storage, long offset and >= 0, object?[] shape, object?[] strides, ..]
            && Numbers(shape) is { } sizes && Numbers(strides) is { } steps && sizes.Length == steps.Length
            ? new PickleTensor(storage, offset, sizes, steps)
            : throw new InvalidDataException("its pickle describes a tensor in a way torch.save never does");
    }

    private static long[]? Numbers(object?[] values) =>
        values.Length <= TensorMemory.MostDimensions && Array.TrueForAll(values, v => v is >= 0L) ? [.. values.Select(v => (long)v!)] : null;
}
