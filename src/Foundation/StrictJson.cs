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
        if (Flaws(source.Root, typeof(T), "").FirstOrDefault() is { } unlike) throw Error(source, unlike);
        T value = source.Root.Deserialize<T>(Options)!;
        return validate(value).FirstOrDefault() is { } flaw ? throw Error(source, flaw) : value;
    }

    /// <summary>Where <paramref name="node"/>, which stands at <paramref name="path"/>, is not what <paramref name="type"/> expects.</summary>
    public static IEnumerable<Flaw> Flaws(JsonNode? node, Type type, string path)
    {
        var shape = Options.GetTypeInfo(type);
        if (node is JsonArray items && shape.ElementType is { } item && Options.GetTypeInfo(item).Kind == JsonTypeInfoKind.Object)
            return items.SelectMany((one, i) => Flaws(one, item, $"{path}[{i}]"));
        if (shape.Kind != JsonTypeInfoKind.Object) return OfValue(node, type, path);
        return node is JsonObject members ? OfMembers(members, shape, path) : [Mismatch(path, type, node)];
    }

    private static IEnumerable<Flaw> OfMembers(JsonObject members, JsonTypeInfo shape, string path)
    {
        string[] known = [.. shape.Properties.Select(property => property.Name)];
        foreach (var (key, value) in members)
        {
            string here = JsonSource.Join(path, key);
            if (shape.Properties.FirstOrDefault(property => property.Name == key) is not { } property)
                yield return new(here, "is unknown")
                {
                    Sentence = $"unknown key '{key}'.{Nearest.Hint(key, known)} "
                        + (known is [] ? "No keys are known here." : $"Known keys here: {string.Join(", ", known)}."),
                };
            else if (value is not null || !MayBeNull(property))
                foreach (Flaw flaw in Flaws(value, property.PropertyType, here)) yield return flaw;
        }
        foreach (JsonPropertyInfo missing in shape.Properties.Where(property => property.IsRequired && !members.ContainsKey(property.Name)))
            yield return new(JsonSource.Join(path, missing.Name), "is missing") { Sentence =
                $"the required key '{JsonSource.Join(path, missing.Name)}' is missing." };
    }

    private static bool MayBeNull(JsonPropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || (!property.PropertyType.IsValueType && property.IsSetNullable);

    private static IEnumerable<Flaw> OfValue(JsonNode? node, Type type, string path)
    {
        try
        {
            if (node.Deserialize(type, Options) is not (null or double.NaN or double.PositiveInfinity or double.NegativeInfinity))
            {
                int gap = node is JsonArray items ? items.IndexOf(null) : -1;
                return gap >= 0 && type.GetElementType() is { } item ? [Mismatch($"{path}[{gap}]", item, null)] : [];
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Reported below in words of the recipe's author.
        }
        return [Mismatch(path, type, node)];
    }

    private static Flaw Mismatch(string path, Type type, JsonNode? node)
    {
        string problem = $"must be {Describe(type)}, not {node?.ToJsonString(Options) ?? "null"}";
        return path.Length > 0 ? new(path, problem) : new(path, problem) { Sentence = $"the whole {problem}." };
    }

    private static DasException Error(JsonSource source, Flaw flaw) => new(ErrorKind.Recipe, $"{source.Where(flaw.Path)}: {flaw.Sentence}");

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
