using System.Text.Encodings.Web;

namespace Das.Foundation;

/// <summary>
/// One spelling for each JSON value: members sorted by ordinal name, no white space, numbers by value (<c>1.0</c> is
/// <c>1</c>, <c>1e-4</c> is <c>0.0001</c>). Equal values give equal bytes on every machine.
/// </summary>
public static class CanonicalJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The canonical UTF-8 bytes of <paramref name="node"/>; null is <c>null</c>.</summary>
    /// <exception cref="DasException">A number is not finite.</exception>
    public static byte[] Bytes(JsonNode? node)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Options)) Write(writer, node);
        return stream.ToArray();
    }

    /// <inheritdoc cref="Bytes"/>
    public static string Text(JsonNode? node) => Encoding.UTF8.GetString(Bytes(node));

    /// <summary>The canonical text of a value, in which what is null is absent, at any depth.</summary>
    public static string Of<T>(T value, JsonSerializerOptions options) => Text(WithoutNulls(JsonSerializer.SerializeToNode(value, options)));

    private static JsonNode? WithoutNulls(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Where(member => member.Value is not null)
            .Select(member => KeyValuePair.Create(member.Key, WithoutNulls(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(WithoutNulls)]),
        _ => node?.DeepClone(),
    };

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case null: writer.WriteNullValue(); break;
            case JsonObject members: WriteObject(writer, members); break;
            case JsonArray items: WriteArray(writer, items); break;
            default: WriteValue(writer, node.AsValue()); break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonObject members)
    {
        writer.WriteStartObject();
        foreach ((string name, JsonNode? value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter writer, JsonArray items)
    {
        writer.WriteStartArray();
        foreach (JsonNode? item in items) Write(writer, item);
        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.Number: writer.WriteRawValue(Number(value)); break;
            case JsonValueKind.String: writer.WriteStringValue(value.GetValue<string>()); break;
            default: value.WriteTo(writer); break;
        }
    }

    private static string Number(JsonValue value)
    {
        if (value.TryGetValue(out double number) && !double.IsFinite(number))
            throw new DasException(ErrorKind.Data, $"{value.GetPath()} is {number}: JSON holds finite numbers only.");
        string text = value.ToJsonString();
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 && text != "-0") return text;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)
            && (double)exact == double.Parse(text, CultureInfo.InvariantCulture))
            return exact == 0 ? "0" : exact.ToString("0.############################", CultureInfo.InvariantCulture);
        return double.Parse(text, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
    }
}
