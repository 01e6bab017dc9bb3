using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Das.Recipes;

/// <summary>
/// How recipes are written. One text for one value: camelCase keys in ordinal order, no white space, numbers in their
/// shortest form, absent instead of null. Equal values give equal bytes, so a digest of the text identifies the value.
/// </summary>
public static class RecipeJson
{
    /// <summary>How recipes are named in JSON; unknown keys are refused.</summary>
    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static string Write<T>(T value) =>
        Sorted(JsonSerializer.SerializeToNode(value, Options))?.ToJsonString(Options) ?? "null";

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .Where(member => member.Value is not null)
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => Shortest(number),
        _ => node?.DeepClone(),
    };

    private static JsonValue Shortest(JsonValue number)
    {
        var element = JsonSerializer.SerializeToElement(number, Options);
        return element.TryGetInt64(out long whole) ? JsonValue.Create(whole) : JsonValue.Create(element.GetDouble());
    }
}
