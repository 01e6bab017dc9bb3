namespace Das.Benchmarks.Text.Fast;

/// <summary>An object of a <c>tokenizer.json</c>. What is not of the form that it should have is refused with its place.</summary>
/// <param name="file">The file.</param>
/// <param name="name">Where in it the object stands; empty for all of it.</param>
/// <param name="value">The object.</param>
internal sealed class TokenizerPart(string file, string name, JsonElement value)
{
    /// <summary>For errors.</summary>
    public string Place => name.Length == 0 ? file : $"{file}: {name}";

    /// <exception cref="DasException">The file is no JSON object.</exception>
    public static TokenizerPart OfFile(string file) => Object(file, "", JsonText.OfFile(file, ErrorKind.Data));

    /// <summary>An object that stands in no file.</summary>
    public static TokenizerPart OfNode(JsonNode node) => Object("", "", JsonSerializer.SerializeToElement(node));

    /// <summary>Which of several forms it has.</summary>
    public string Type => Text("type");

    /// <summary>What stands under a key; null where nothing does.</summary>
    public JsonElement? this[string key] =>
        value.TryGetProperty(key, out JsonElement found) && found.ValueKind != JsonValueKind.Null ? found : null;

    public TokenizerPart? Child(string key) => this[key] is { } found ? Object(file, Below(key), found) : null;

    /// <summary>The objects of a list; none where there is no list.</summary>
    public IReadOnlyList<TokenizerPart> Children(string key) => [.. Items(key).Select((item, i) => Object(file, $"{Below(key)}[{i}]", item))];

    /// <summary>The items of a list; none where there is no list.</summary>
    public IEnumerable<JsonElement> Items(string key) => this[key] is not { } list ? []
        : list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : throw Wrong(key, "a list");

    public string Text(string key) => OptionalText(key) ?? throw Wrong(key, "a text");

    public string? OptionalText(string key) => this[key] is not { } found ? null
        : found.ValueKind == JsonValueKind.String ? found.GetString()! : throw Wrong(key, "a text");

    /// <summary>A token's text, which may stand in an object of its own.</summary>
    public string? TokenOrNull(string key) => this[key]?.ValueKind == JsonValueKind.Object ? Child(key)!.Text("content") : OptionalText(key);

    public bool Flag(string key, bool otherwise) => this[key] is not { } found ? otherwise
        : found.ValueKind is JsonValueKind.True or JsonValueKind.False ? found.GetBoolean() : throw Wrong(key, "true or false");

    public int Whole(string key, int most) => this[key] is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out int number)
        && number >= 0 && number <= most ? number : throw Wrong(key, $"a whole number from 0 to {most}");

    /// <summary>The one character of a text.</summary>
    public Rune Character(string key) => Text(key).EnumerateRunes().ToArray() is [var character] ? character : throw Wrong(key, "one character");

    /// <exception cref="DasException">It has a key that is none of those, and would change what is computed.</exception>
    public TokenizerPart Knowing(params string[] keys) =>
        value.EnumerateObject().Select(p => p.Name).FirstOrDefault(key => key != "type" && !keys.Contains(key)) is not { } foreign ? this
        : throw new DasException(ErrorKind.Data, $"{Place} has the key '{foreign}', which is not read; known: {string.Join(", ", keys)}.");

    /// <summary>What a key must be.</summary>
    public DasException Wrong(string key, string expected) => new(ErrorKind.Data, $"{file}: {Below(key)} must be {expected}.");

    /// <summary>A form that is not read.</summary>
    public DasException Unread(string form, string known) => new(ErrorKind.Data, $"{Place}: '{form}' is not read; known: {known}.");

    public string Below(string key) => name.Length == 0 ? key : $"{name}.{key}";

    private static TokenizerPart Object(string file, string name, JsonElement value) => value.ValueKind == JsonValueKind.Object ? new(file, name, value)
        : throw new DasException(ErrorKind.Data, $"{file}: {(name.Length == 0 ? "the whole" : name)} must be an object.");
}
