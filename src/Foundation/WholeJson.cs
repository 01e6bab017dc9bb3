using System.Text.Unicode;

namespace Das.Foundation;

/// <summary>JSON of other programs, every key and text of which is looked at when it is read, so that nothing of it fails where it is used.</summary>
public static class WholeJson
{
    /// <summary>An object that a text of JSON holds; a byte order mark before it is passed over.</summary>
    /// <exception cref="JsonException">It is no JSON object, names a key twice, or holds a text that is no Unicode.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8)) throw new JsonException("it is no UTF-8");
        try
        {
            JsonNode? root = JsonNode.Parse(utf8, documentOptions: new() { AllowDuplicateProperties = false });
            Look(root);
            return root as JsonObject ?? throw new JsonException("it holds no object in braces");
        }
        catch (InvalidOperationException half)
        {
            throw new JsonException("a text in it is half a surrogate pair", half);
        }
    }

    private static void Look(JsonNode? node)
    {
        if (node is JsonObject members)
            foreach ((string _, JsonNode? value) in members) Look(value);
        else if (node is JsonArray items)
            foreach (JsonNode? item in items) Look(item);
        else if (node?.GetValueKind() == JsonValueKind.String) _ = node.GetValue<string>();
    }
}
