namespace Das.Benchmarks.Raw;

/// <summary>
/// A value of an item. It is there with a type that can be read as what is asked for, or absent (no such key, or <c>null</c>), or of a wrong type,
/// which is a <see cref="BadItemException"/> that says what stands there and what was expected. Numbers are read where texts are meant, and texts of
/// digits where numbers are.
/// </summary>
public readonly struct RawField
{
    /// <summary>The only key of an object that stands for a value which its file's reader cannot read; what follows the value's name in the sentence.</summary>
    internal const string Unread = "(not read)";

    private const int Shown = 80;

    private readonly JsonElement value, owner;
    private readonly string path;

    internal RawField(JsonElement item) : this(item, default, "") { }

    private RawField(JsonElement value, JsonElement owner, string path) => (this.value, this.owner, this.path) = (value, owner, path);

    public bool IsAbsent => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
    public bool IsText => value.ValueKind == JsonValueKind.String;
    public bool IsList => value.ValueKind == JsonValueKind.Array;
    public bool IsTruth => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
    public bool IsObject => value.ValueKind == JsonValueKind.Object;

    /// <summary>The member with the first of <paramref name="keys"/> that is there.</summary>
    /// <exception cref="BadItemException">This value is no object.</exception>
    public RawField this[params string[] keys]
    {
        get
        {
            if (!IsObject) throw Unlike("an object");
            foreach (string key in keys)
                if (value.TryGetProperty(key, out JsonElement member) && member.ValueKind != JsonValueKind.Null) return new(member, value, Join(key));
            if (value.TryGetProperty(Unread, out _)) throw Unlike("an object");
            return new(default, value, Join(keys));
        }
    }

    /// <summary>A text, which may be empty, or a number as it is written.</summary>
    /// <exception cref="BadItemException">It is absent or of another type.</exception>
    public string Text() => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => throw Unlike("a text"),
    };

    /// <inheritdoc cref="Text"/>
    /// <returns>Null where it is absent.</returns>
    public string? TextOrNull() => IsAbsent ? null : Text();

    /// <summary>A text that holds more than white space.</summary>
    /// <exception cref="BadItemException">It is absent, blank or of another type.</exception>
    public string Words() => Text() is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Bad("is empty");

    /// <summary>What names an item: a text that is not blank, or a number; a whole number is spelled without a fraction.</summary>
    /// <exception cref="BadItemException">It is absent, blank or of another type.</exception>
    public string Id() => value.ValueKind == JsonValueKind.Number && Whole() is { } number ? number.ToString(CultureInfo.InvariantCulture) : Words();

    /// <inheritdoc cref="Id"/>
    /// <returns>Null where it is absent.</returns>
    public string? IdOrNull() => IsAbsent ? null : Id();

    /// <summary>A whole number, or a text that spells one.</summary>
    /// <exception cref="BadItemException">It is absent or something else.</exception>
    public long Number() => Whole() ?? throw Unlike("a whole number");

    /// <inheritdoc cref="Number"/>
    /// <returns>Null where it is absent.</returns>
    public long? NumberOrNull() => IsAbsent ? null : Number();

    /// <summary>True or false, written so, as 1 or 0, or as one of the texts true, false, yes, no, 1 and 0 in any case.</summary>
    /// <exception cref="BadItemException">It is absent or something else.</exception>
    public bool Truth()
    {
        string? said = value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString()!.Trim().ToUpperInvariant(),
            _ => null,
        };
        return said switch
        {
            "true" or "TRUE" or "YES" or "1" => true,
            "false" or "FALSE" or "NO" or "0" => false,
            _ => throw Unlike("true or false"),
        };
    }

    /// <inheritdoc cref="Truth"/>
    /// <returns>Null where it is absent.</returns>
    public bool? TruthOrNull() => IsAbsent ? null : Truth();

    /// <summary>The members of a list.</summary>
    /// <exception cref="BadItemException">It is absent or no list.</exception>
    public IReadOnlyList<RawField> Items()
    {
        if (!IsList) throw Unlike("a list");
        RawField[] items = new RawField[value.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            items[i] = new(item, default, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            i++;
        }
        return items;
    }

    /// <inheritdoc cref="Items"/>
    /// <returns>None where it is absent.</returns>
    public IReadOnlyList<RawField> ItemsOrNone() => IsAbsent ? [] : Items();

    /// <summary>What is wrong with the value, for whoever expects more of it than its type.</summary>
    /// <param name="problem">What follows its name: <c>is none of A, B</c>.</param>
    public BadItemException Bad(string problem) => new($"{Name} {problem}.");

    /// <summary>The value as a person recognises it.</summary>
    public override string ToString() => value.ValueKind == JsonValueKind.Undefined ? "null"
        : value.GetRawText() is var text && text.Length <= Shown ? text
        : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[Shown - 1]) ? Shown - 1 : Shown), "…");

    private string Name => path.Length > 0 ? $"'{path}'" : "It";

    private BadItemException Unlike(string expected)
    {
        if (IsAbsent) return Bad($"is missing; expected {expected}{(owner.ValueKind == JsonValueKind.Object ? Keys() : "")}");
        if (IsObject && value.TryGetProperty(Unread, out JsonElement why)) return Bad(why.ToString());
        return Bad($"is {Kind} ({ToString()}) where {expected} is expected");
    }

    private string Kind => value.ValueKind switch
    {
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => "a truth value",
    };

    private string Keys()
    {
        const int named = 12;
        string[] keys = [.. owner.EnumerateObject().Take(named).Select(member => member.Name)];
        return keys.Length == 0 ? " in an object without keys" : $" among {string.Join(", ", keys)}{(owner.GetPropertyCount() > named ? " …" : "")}";
    }

    private string Join(params string[] keys) => $"{(path.Length > 0 ? path + "." : "")}{string.Join("' or '", keys)}";

    private long? Whole()
    {
        if (value.ValueKind == JsonValueKind.Number)
            return value.TryGetInt64(out long number) ? number
                : value.TryGetDecimal(out decimal spelled) && spelled == decimal.Truncate(spelled) && spelled is >= long.MinValue and <= long.MaxValue
                    ? (long)spelled : null;
        return IsText && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out long read) ? read : null;
    }
}
