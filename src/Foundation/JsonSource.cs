namespace Das.Foundation;

/// <summary>Hand-written JSON together with where each of its values was written.</summary>
internal sealed class JsonSource
{
    private readonly string file;
    private readonly Dictionary<string, string> origins = new(StringComparer.Ordinal);

    /// <summary>Reads <paramref name="text"/>; comments and trailing commas are allowed, a key given twice is not.</summary>
    public JsonSource(string text, string file)
    {
        this.file = file;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        if (JsonText.HalfSurrogate(utf8) is >= 0 and var half)
            throw new DasException(ErrorKind.Recipe, $"{Place(utf8, half)}: not valid JSON: {JsonText.Half(utf8, half)}");
        try
        {
            Locate(utf8);
            Root = JsonNode.Parse(utf8, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            string reason = e.Message.Split(" LineNumber:")[0];
            throw new DasException(ErrorKind.Recipe, $"{file}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: not valid JSON: {reason}");
        }
    }

    public JsonNode? Root { get; private set; }

    /// <summary>Overrides one value: <c>search.skip=2</c>. The value is JSON where it can be read as JSON, else text.</summary>
    public void Set(string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string[] keys = equals > 0 ? assignment[..equals].Split('.', StringSplitOptions.TrimEntries) : [""];
        if (keys.Contains(""))
            throw new DasException(ErrorKind.Recipe, $"--set {assignment}: write a key and a value, as in --set search.skip=2.");

        if (Root is not JsonObject) Root = new JsonObject();
        var owner = (JsonObject)Root;
        foreach (string key in keys[..^1])
        {
            if (owner[key] is not JsonObject inner) owner[key] = inner = new JsonObject();
            owner = inner;
        }
        owner[keys[^1]] = JsonOrText(assignment[(equals + 1)..]);
        for (int depth = 1; depth <= keys.Length; depth++)
        {
            string path = string.Join('.', keys[..depth]);
            if (depth == keys.Length) origins[path] = $"--set {assignment}";
            else origins.TryAdd(path, $"--set {assignment}");
        }
    }

    /// <summary>Where the value at <paramref name="path"/>, or the nearest one around it, was written.</summary>
    public string Where(string path)
    {
        while (true)
        {
            if (origins.TryGetValue(path, out string? place)) return place;
            if (path.Length == 0) return file;
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }
    }

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static JsonNode? JsonOrText(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        if (JsonText.HalfSurrogate(utf8) is >= 0 and var half) throw new DasException(ErrorKind.Recipe, $"--set …={value}: {JsonText.Half(utf8, half)}");
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    private void Locate(byte[] utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var around = new Stack<(string Path, int Index)>();
        string here = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    here = Join(around.Peek().Path, reader.GetString()!);
                    if (!origins.TryAdd(here, Place(utf8, reader.TokenStartIndex)))
                        throw new DasException(ErrorKind.Recipe, $"{Place(utf8, reader.TokenStartIndex)}: '{here}' is given twice.");
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    around.Pop();
                    break;
                default:
                    if (around.TryPeek(out var list) && list.Index >= 0)
                    {
                        here = $"{list.Path}[{list.Index}]";
                        around.Pop();
                        around.Push((list.Path, list.Index + 1));
                    }
                    origins.TryAdd(here, Place(utf8, reader.TokenStartIndex));
                    if (reader.TokenType == JsonTokenType.StartObject) around.Push((here, -1));
                    if (reader.TokenType == JsonTokenType.StartArray) around.Push((here, 0));
                    break;
            }
        }
    }

    private string Place(byte[] utf8, long offset)
    {
        var before = utf8.AsSpan(0, (int)offset);
        int line = before.Count((byte)'\n') + 1;
        int column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"{file}:{line}:{column}";
    }
}
