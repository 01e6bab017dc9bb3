namespace Das.Foundation;

/// <summary>The one way in which text becomes JSON: what is no JSON, half a surrogate pair and a key given twice are named with their place.</summary>
public static class JsonText
{
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>The JSON value of a whole file.</summary>
    /// <param name="bytes">Its bytes; the stream is disposed of.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="kind">What a person has to look at where it cannot be read.</param>
    /// <exception cref="DasException">It is no text or no JSON; the message names line and column.</exception>
    public static JsonElement Whole(Stream bytes, string name, ErrorKind kind) => Named(Utf8Text.Whole(bytes, name, kind), name, kind);

    /// <inheritdoc cref="Whole"/>
    public static JsonElement OfFile(string path, ErrorKind kind) => Named(Utf8Text.BytesOfFile(path, kind), path, kind);

    /// <summary>A whole file as an object of type <typeparamref name="T"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How members are spelled.</param>
    /// <param name="kind">What a person has to look at where it cannot be read.</param>
    /// <exception cref="DasException">It is no text, no JSON or no such object; the message names the file and the member.</exception>
    public static T OfFile<T>(string path, JsonSerializerOptions? options, ErrorKind kind) where T : class
    {
        try
        {
            return OfFile(path, kind).Deserialize<T>(options) ?? throw new DasException(kind, $"{path} holds null.");
        }
        catch (JsonException e)
        {
            throw new DasException(kind, $"{path} is damaged or of another form: "
                + (e.Path is ['$', '.', .. var member] ? $"'{member}' is not of the type that is expected there." : "members are missing or unknown."), e);
        }
    }

    /// <summary>One JSON value, or where it is none and a sentence.</summary>
    /// <param name="utf8">The value, with nothing but white space around it.</param>
    public static (JsonElement? Value, int At, string Reason) Parse(ReadOnlyMemory<byte> utf8)
    {
        if (Utf8Text.Flaw(utf8.Span) is var (bad, why)) return (null, bad, why);
        if (HalfSurrogate(utf8.Span) is >= 0 and var half)
            return (null, half, Half(utf8.Span, half));
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, Once);
            return (document.RootElement.Clone(), 0, "");
        }
        catch (JsonException e)
        {
            int at = Offset(utf8.Span, e);
            return Repeated(utf8.Span) is var (twice, key) ? (null, twice, $"the key '{key}' is given twice.")
                : NoNumber(utf8.Span, at) is { } name ? (null, at, $"{name} is no JSON: write null or a number.")
                : (null, at, Reason(e));
        }
    }

    /// <summary>What the parser says, without its own count of lines.</summary>
    public static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0].Split(" Path: ")[0];

    /// <summary>Where an escape (<c>\ud83d</c>) stands that is half a surrogate pair; -1 where none does.</summary>
    /// <param name="json">JSON, in which backslashes stand in texts only.</param>
    internal static int HalfSurrogate(ReadOnlySpan<byte> json)
    {
        for (int at = 0; ;)
        {
            int next = json[at..].IndexOf((byte)'\\');
            if (next < 0) return -1;
            at += next;
            int unit = Unit(json[at..]);
            if (unit is >= 0xd800 and <= 0xdbff && Unit(json[(at + 6)..]) is >= 0xdc00 and <= 0xdfff) at += 12;
            else if (unit is >= 0xd800 and <= 0xdfff) return at;
            else at = Math.Min(at + 2, json.Length);
        }
    }

    /// <summary>What is wrong with the escape there.</summary>
    internal static string Half(ReadOnlySpan<byte> json, int at) =>
        $"{Encoding.ASCII.GetString(json.Slice(at, 6))} is half a surrogate pair, which is no character.";

    /// <summary>The UTF-16 unit that an escape stands for; -1 where there is none.</summary>
    private static int Unit(ReadOnlySpan<byte> json) => json is [(byte)'\\', (byte)'u', _, _, _, _, ..]
        && int.TryParse(json[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit) ? unit : -1;

    private static JsonElement Named(byte[] utf8, string name, ErrorKind kind)
    {
        (JsonElement? value, int at, string reason) = Parse(utf8);
        return value ?? throw new DasException(kind, utf8.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0 ? $"{name} is empty; expected JSON."
            : $"{name}:{Place.Of(utf8, at)}: not valid JSON: {reason}");
    }

    /// <summary>The byte at which the parser stopped.</summary>
    private static int Offset(ReadOnlySpan<byte> utf8, JsonException e)
    {
        int at = 0;
        for (long line = 0; line < e.LineNumber; line++) at += utf8[at..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(at + (e.BytePositionInLine ?? 0), utf8.Length);
    }

    /// <summary>What Python writes where a number is none.</summary>
    private static string? NoNumber(ReadOnlySpan<byte> utf8, int at) =>
        utf8[at..].StartsWith("NaN"u8) ? "NaN"
        : utf8[at..].StartsWith("Infinity"u8) || utf8[at..].StartsWith("-Infinity"u8) ? "Infinity"
        : null;

    /// <summary>The first key that its object has already; null where the value is no JSON for another reason.</summary>
    private static (int At, string Key)? Repeated(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        Stack<HashSet<string>> around = [];
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.StartObject) around.Push([]);
                else if (reader.TokenType == JsonTokenType.EndObject) around.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && !around.Peek().Add(reader.GetString()!))
                    return ((int)reader.TokenStartIndex, reader.GetString()!);
        }
        catch (JsonException)
        {
            // Something else is wrong with it.
        }
        return null;
    }
}
