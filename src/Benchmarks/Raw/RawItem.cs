namespace Das.Benchmarks.Raw;

/// <summary>What is wrong with one item of a raw file: that item alone is lost.</summary>
/// <param name="reason">A sentence, without the file and the item.</param>
public sealed class BadItemException(string reason) : Exception(reason);

/// <summary>One item of a raw file: a line, a member of a list, a row of a table. Whatever its file's form, its fields are read through
/// <see cref="RawField"/>.</summary>
/// <param name="where">File and item, as a person finds it.</param>
/// <param name="value">What stands there, usually an object.</param>
public sealed class RawItem(string where, JsonElement value)
{
    public string Where => where;

    /// <summary>The item itself, where it is no object.</summary>
    public RawField Value => new(value);

    /// <summary>Column → what reads the bytes that the item has there; only a binary form has any.</summary>
    internal IReadOnlyDictionary<string, Func<byte[]>> Binary { get; init; } = new Dictionary<string, Func<byte[]>>();

    /// <summary>The names of its fields, in their order; none where it is no object.</summary>
    public IEnumerable<string> Keys => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Select(member => member.Name) : [];

    /// <inheritdoc cref="RawField.this"/>
    public RawField this[params string[] keys] => Value[keys];
}

/// <summary>Items and what becomes of those that cannot be used.</summary>
public static class RawItems
{
    /// <summary>What <paramref name="read"/> makes of each item.</summary>
    /// <param name="items">In the order of the file.</param>
    /// <param name="unusable">Gets each item of which <paramref name="read"/> says by <see cref="BadItemException"/> that it cannot be used.</param>
    /// <param name="read">Reads one item.</param>
    public static IEnumerable<T> Read<T>(this IEnumerable<RawItem> items, List<BadInput> unusable, Func<RawItem, T> read)
    {
        foreach (RawItem item in items)
        {
            T made;
            try
            {
                made = read(item);
            }
            catch (BadItemException e)
            {
                unusable.Add(new(item.Where, e.Message));
                continue;
            }
            yield return made;
        }
    }
}
