using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Das.Foundation;

/// <summary>Reads hand-written JSON into a record and says where and how it must be mended.</summary>
public static class StrictJson
{
    /// <summary>camelCase names, absent instead of null; unknown names are refused.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads <paramref name="text"/> with <paramref name="sets"/> put over it.</summary>
    /// <param name="text">JSON; comments and trailing commas are allowed. Keys are camelCase.</param>
    /// <param name="file">What errors call the text.</param>
    /// <param name="sets">Overrides as <c>dotted.path=value</c>; the last one counts.</param>
    /// <param name="validate">What is wrong with the values; the first flaw is reported at its place.</param>
    /// <exception cref="DasException">Not JSON, an unknown, repeated or missing key, a wrong type or a flaw.</exception>
    public static T Read<T>(string text, string file, IEnumerable<string> sets, Func<T, IEnumerable<Flaw>> validate)
    {
        var source = new JsonSource(text, file);
        foreach (string set in sets) source.Set(set);
        Check(source.Root, typeof(T), "", source);
        T value = source.Root.Deserialize<T>(Options)!;
        return validate(value).FirstOrDefault() is { } flaw
            ? throw Error(source, flaw.Path, $"'{flaw.Path}' {flaw.Problem}.")
            : value;
    }

    private static void Check(JsonNode? node, Type type, string path, JsonSource source)
    {
        var shape = Options.GetTypeInfo(type);
        if (node is JsonArray items && shape.ElementType is { } item && Options.GetTypeInfo(item).Kind == JsonTypeInfoKind.Object)
            for (int i = 0; i < items.Count; i++) Check(items[i], item, $"{path}[{i}]", source);
        else if (shape.Kind != JsonTypeInfoKind.Object) CheckValue(node, type, path, source);
        else if (node is JsonObject members) CheckMembers(members, shape, path, source);
        else throw Mismatch(source, path, type, node);
    }

    private static void CheckMembers(JsonObject members, JsonTypeInfo shape, string path, JsonSource source)
    {
        string[] known = [.. shape.Properties.Select(property => property.Name)];
        foreach (var (key, value) in members)
        {
            string here = JsonSource.Join(path, key);
            var property = shape.Properties.FirstOrDefault(property => property.Name == key)
                ?? throw Error(source, here, $"unknown key '{key}'.{Nearest.Hint(key, known)} Known keys here: {string.Join(", ", known)}.");
            if (value is null && MayBeNull(property)) continue;
            Check(value, property.PropertyType, here, source);
        }
        if (shape.Properties.FirstOrDefault(property => property.IsRequired && !members.ContainsKey(property.Name)) is { } missing)
            throw Error(source, path, $"the required key '{JsonSource.Join(path, missing.Name)}' is missing.");
    }

    private static bool MayBeNull(JsonPropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || (!property.PropertyType.IsValueType && property.IsSetNullable);

    private static void CheckValue(JsonNode? node, Type type, string path, JsonSource source)
    {
        try
        {
            if (node.Deserialize(type, Options) is not (null or double.NaN or double.PositiveInfinity or double.NegativeInfinity))
            {
                int gap = node is JsonArray items ? items.IndexOf(null) : -1;
                if (gap >= 0 && type.GetElementType() is { } item) throw Mismatch(source, $"{path}[{gap}]", item, null);
                return;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Reported below in words of the recipe's author.
        }
        throw Mismatch(source, path, type, node);
    }

    private static DasException Mismatch(JsonSource source, string path, Type type, JsonNode? node) =>
        Error(source, path, $"{(path.Length == 0 ? "the whole" : $"'{path}'")} must be {Describe(type)}, not "
            + $"{node?.ToJsonString(Options) ?? "null"}.");

    private static DasException Error(JsonSource source, string path, string sentence) => new(ErrorKind.Recipe, $"{source.Where(path)}: {sentence}");

    private static string Describe(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? Describe(inner) : type switch
    {
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type.GetElementType() is { } item => $"a list, each item {Describe(item)}",
        _ => "an object in braces",
    };
}
