namespace Das.Models.Checkpoints;

/// <summary>A JSON file of sizes or names that stands beside weights.</summary>
/// <param name="path">For errors.</param>
/// <param name="json">Its content.</param>
internal sealed class ConfigFile(string path, JsonObject json)
{
    public string Path => path;

    public JsonNode? this[string key] => json[key];

    /// <exception cref="DasException">It is missing or no JSON object.</exception>
    public static ConfigFile Read(string path)
    {
        try
        {
            return new(path, JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new JsonException("it holds no object"));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' cannot be read as JSON ({e.Message}): the sizes of the weights beside it were expected; copy or "
                + "download it again.", e);
        }
    }

    /// <summary>The object within this one; null where there is none.</summary>
    public ConfigFile? Section(string key) => json[key] is JsonObject inner ? new(path, inner) : null;

    /// <exception cref="DasException">The value is of another type.</exception>
    public T? Value<T>(string key) where T : struct
    {
        try
        {
            return json[key] is { } value ? value.GetValue<T>() : null;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' gives {key} as {json[key]!.ToJsonString()}, where a number is expected; copy or download it again.", e);
        }
    }

    /// <exception cref="DasException">The value is missing or of another type.</exception>
    public T Required<T>(string key) where T : struct => Value<T>(key)
        ?? throw new DasException(ErrorKind.Checkpoint, $"'{path}' does not say {key}: the sizes of a LLaMA were expected; copy or download it again.");
}
