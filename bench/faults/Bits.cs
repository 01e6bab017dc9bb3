using System.Security.Cryptography;

namespace Das.Disturbances;

/// <summary>All that a run has computed, name by name: digests of the files as they lie on the disk, facts and numbers; measured times are left out.</summary>
internal static class Bits
{
    private const string Timing = "timing";

    /// <param name="run">As the API gives it.</param>
    /// <param name="artifacts">The store.</param>
    public static SortedDictionary<string, string> Of(JsonObject run, string artifacts)
    {
        SortedDictionary<string, string> bits = new(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in run["metrics"]!.AsObject()) bits[$"metric {name}"] = value!.ToJsonString();
        foreach ((string stage, JsonNode? artifact) in run["artifacts"]!.AsObject())
        {
            string result = Path.Combine(artifacts, artifact!["uri"]!.GetValue<string>()), folder = Path.GetDirectoryName(result)!;
            if (Parse(result) is not { } parsed)
            {
                bits[$"{stage}/result.json"] = "unreadable";
                continue;
            }
            bits[$"{stage} facts"] = parsed["facts"]!.ToJsonString();
            foreach ((string name, JsonNode? file) in parsed["files"]!.AsObject())
                bits[$"{stage}/{name}"] = DigestOf(Path.Combine(folder, name), file!["sha256"]!.GetValue<string>());
        }
        return bits;
    }

    /// <summary>The names under which two differ.</summary>
    public static IReadOnlyList<string> Different(SortedDictionary<string, string> one, SortedDictionary<string, string> other) =>
        [.. one.Keys.Union(other.Keys).Where(name => one.GetValueOrDefault(name) != other.GetValueOrDefault(name))];

    private static JsonObject? Parse(string path)
    {
        try { return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject; }
        catch (Exception unreadable) when (unreadable is IOException or JsonException) { return null; }
    }

    /// <summary>Of the file itself; one that its result does not describe has no bits that anything could equal.</summary>
    private static string DigestOf(string path, string claimed)
    {
        if (!File.Exists(path)) return "missing";
        byte[] bytes = File.ReadAllBytes(path);
        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (digest != claimed) return $"{digest}, not the {claimed} of its result";
        if (Path.GetFileName(path) != ResultFiles.Report || Parse(path) is not { } report) return digest;
        report.Remove(Timing);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report.ToJsonString())));
    }
}
