namespace Das.Models.Checkpoints;

/// <summary>A JSON file of sizes or names that stands beside weights.</summary>
/// <param name="path">For errors.</param>
/// <param name="json">Its content.</param>
internal sealed class ConfigFile(string path, JsonObject json)
{
    public string Path => path;

    public JsonNode? this[string key] => json[key];

    public ICollection<string> Keys => ((IDictionary<string, JsonNode?>)json).Keys;

    /// <exception cref="DasException">It is missing or no JSON object.</exception>
    public static ConfigFile Read(string path)
    {
        try
        {
            const long most = 64 << 20; // the index of the largest published models has 10 MB
            if (new FileInfo(path) is { Exists: true, Length: > most and var bytes })
                throw new DasException(ErrorKind.Checkpoint, $"it has {bytes} bytes, where the sizes of weights take at most {most}");
            JsonElement root = JsonText.OfFile(path, ErrorKind.Checkpoint);
            return root.ValueKind == JsonValueKind.Object ? new(path, JsonObject.Create(root)!)
                : throw new DasException(ErrorKind.Checkpoint, "it holds no object");
        }
        catch (DasException e)
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' cannot be read as JSON ({e.Message}): the sizes of the weights beside it were expected; copy or "
                + "download it again.", e);
        }
    }

    /// <summary>The text of a value; null where there is none.</summary>
    /// <exception cref="DasException">The value is of another type.</exception>
    public string? Text(string key)
    {
        try
        {
            return json[key]?.GetValue<string>();
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new DasException(ErrorKind.Checkpoint, $"'{path}' gives {key} as {Shown(json[key]!)}, where a text is expected; copy or "
                + "download it again.", e);
        }
    }

    /// <summary>Refuses another value than the one that is computed with, which a missing one stands for.</summary>
    /// <param name="key">A key that changes what is computed.</param>
    /// <param name="ours">The value.</param>
    /// <param name="otherwise">What follows from another one, and what to do.</param>
    /// <exception cref="DasException">It has another value.</exception>
    public void ThrowUnless(string key, JsonNode ours, string otherwise)
    {
        if (json[key] is { } value && Plain(value) != Plain(ours))
            throw new DasException(ErrorKind.Checkpoint, $"'{path}' has {key} {Shown(value)}, where {ours.ToJsonString()} is expected{otherwise}");

        static string Plain(JsonNode node) => node.ToJsonString() is var text && double.TryParse(text, CultureInfo.InvariantCulture, out double number)
            ? number.ToString(CultureInfo.InvariantCulture) : text;
    }

    /// <summary>A value as it stands in the file, for errors.</summary>
    public static string Shown(JsonNode value)
    {
        const int most = 200;
        string text = value.ToJsonString();
        return text.Length > most ? text[..most] + "…" : text;
    }

    /// <summary>A copy of the whole, to be changed.</summary>
    public JsonObject Copy() => json.DeepClone().AsObject();

    /// <summary>The object within this one; null where there is none.</summary>
    public ConfigFile? Section(string key) => json[key] is JsonObject inner ? new(path, inner) : null;

    /// <exception cref="DasException">The value is of another type.</exception>
    public T? Value<T>(string key) where T : struct
    {
        try
        {
            T? value = json[key] is { } given ? given.GetValue<T>() : null;
            return value is not (double.PositiveInfinity or double.NegativeInfinity) ? value : throw new FormatException();
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' gives {key} as {Shown(json[key]!)}, where a number is expected; copy or download it again.", e);
        }
    }

    /// <exception cref="DasException">The value is missing or of another type.</exception>
    public T Required<T>(string key) where T : struct => Value<T>(key)
        ?? throw new DasException(ErrorKind.Checkpoint, $"'{path}' does not say {key}: the sizes of the weights beside it were expected; copy or download it "
            + "again.");
}
