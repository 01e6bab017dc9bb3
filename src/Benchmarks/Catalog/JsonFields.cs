namespace Das.Benchmarks.Catalog;

/// <summary>Fields of an item that may lack them, or be no object at all.</summary>
internal static class JsonFields
{
    public static long? Number(this JsonElement item, string key) =>
        item.Field(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) ? number : null;

    public static string? Text(this JsonElement item, string key) => item.Field(key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A text, or a whole number written as one: published sets disagree on which a folder's number is.</summary>
    public static string? TextOrNumber(this JsonElement item, string key) => item.Text(key) ?? item.Number(key)?.ToString(CultureInfo.InvariantCulture);

    public static bool? Truth(this JsonElement item, string key) => item.Field(key)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static JsonElement? Object(this JsonElement item, string key) => item.Field(key) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>A list's items; none where there is no list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement item, string key) =>
        item.Field(key) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The item as a person recognises it.</summary>
    public static string Short(this JsonElement item)
    {
        string text = item.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "…";
    }

    private static JsonElement? Field(this JsonElement item, string key) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(key, out JsonElement value) ? value : null;
}
