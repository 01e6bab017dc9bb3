namespace Das.Benchmarks.Raw;

/// <summary>A file of JSON objects, one a line.</summary>
public static class JsonLines
{
    /// <summary>The objects in their order; memory holds one.</summary>
    /// <param name="raw">Holds the file.</param>
    /// <param name="file">Its name.</param>
    /// <param name="unusable">Gets every line that is no JSON object.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <exception cref="DasException">The file is cut off within its last line, or is one JSON list; the message names line and column.</exception>
    public static IEnumerable<RawItem> Of(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel = default)
    {
        using RawWindow window = new(raw, file);
        if (window.Next() == '[') throw window.Broken(window.Place,
            "a JSON list begins, where JSON lines are expected: write one object a line, without brackets around them and commas between them.");
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            int length = window.Held.IndexOf((byte)'\n');
            bool whole = length >= 0;
            if (!whole && window.More()) continue;
            if (!whole) length = window.Held.Length;
            if (window.Held[..length].IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                string where = $"{window.File} line {window.Place.Line}";
                if (!whole && EndsEarly(window.Held)) throw window.Broken(window.Place,
                    "the file ends within this line: it was cut off, and how many lines are missing is unknown. Copy or make it again.");
                if (window.Item(length, where, unusable) is { } item)
                    if (item.Value.IsObject) yield return item;
                    else unusable.Add(new(where, $"{item.Value} is no JSON object."));
            }
            if (!whole) yield break;
            window.Consume(length + 1);
        }
    }

    /// <summary>Whether what is there is the beginning of a JSON value.</summary>
    private static bool EndsEarly(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, isFinalBlock: false, default);
        try
        {
            while (reader.Read()) { }
            return reader.CurrentDepth > 0 || reader.BytesConsumed < utf8.TrimEnd(" \t\r"u8).Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
