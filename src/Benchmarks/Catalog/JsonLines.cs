namespace Das.Benchmarks.Catalog;

/// <summary>A file of JSON objects, one a line.</summary>
internal static class JsonLines
{
    /// <param name="raw">Holds the file.</param>
    /// <param name="file">Its name.</param>
    /// <param name="unusable">Gets every line that is no JSON object, a last line that was cut off too.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <returns>Where each object stands, and the object.</returns>
    public static IEnumerable<(string Where, JsonElement Item)> Of(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel)
    {
        using StreamReader reader = new(raw.Open(file));
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            cancel.ThrowIfCancellationRequested();
            if (string.IsNullOrWhiteSpace(line)) continue;
            string where = $"{raw.Describe(file)} line {number}";
            (JsonElement? item, string reason) = Parse(line);
            if (item is { } read) yield return (where, read);
            else unusable.Add(new(where, reason));
        }
    }

    private static (JsonElement?, string) Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? (document.RootElement.Clone(), "") : (null, "It is not a JSON object.");
        }
        catch (JsonException e)
        {
            return (null, $"It is not whole JSON: {e.Message}");
        }
    }
}
