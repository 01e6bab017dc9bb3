namespace Das.Fuzz;

/// <summary>Changes of JSON's values and keys; most of what comes of it is JSON again.</summary>
internal static class JsonMutation
{
    private static readonly string[] Values =
    [
        "0", "1", "-1", "2", "1.5", "1e308", "1e999", "2147483647", "2147483648", "9223372036854775807", "18446744073709551616", "20000", "null", "true",
        "false", "\"\"", "\"x\"", "\"1\"", "\"\\ud83d\"", "\"\\u0000\"", "\"../../x\"", "\"/etc/passwd\"", "[]", "{}", "[null]", "[1,2,3]",
        "{\"a\":{\"a\":{}}}", "NaN", "-0", "\"\\u2028\"",
    ];

    private static readonly string Deep = new string('[', 200) + new string(']', 200), Long = $"\"{new string('a', 20_000)}\"";

    /// <summary>One or two changes; now and then of bytes, whatever they are.</summary>
    public static byte[] Change(byte[] json, SplitMix64 random)
    {
        if (random.Below(16) == 0) return Mutation.Anywhere(json, random);
        for (int changes = 1 + random.Below(2); changes > 0; changes--) json = ChangeOne(json, random);
        return json;
    }

    /// <summary>As <see cref="Change"/> in one line of many.</summary>
    public static byte[] ChangeLine(byte[] lines, SplitMix64 random)
    {
        List<(int From, int To)> spans = [];
        for (int from = 0; from < lines.Length;)
        {
            int end = lines.AsSpan(from).IndexOf((byte)'\n') is >= 0 and var at ? from + at : lines.Length;
            spans.Add((from, end));
            from = end + 1;
        }
        (int begin, int stop) = random.Pick(spans);
        return [.. lines[..begin], .. Change(lines[begin..stop], random), .. lines[stop..]];
    }

    private static byte[] ChangeOne(byte[] json, SplitMix64 random)
    {
        List<(int From, int To, JsonTokenType Type)> tokens = [];
        Utf8JsonReader reader = new(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 1000 });
        try
        {
            while (reader.Read()) tokens.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed, reader.TokenType));
        }
        catch (JsonException)
        {
            return Mutation.Anywhere(json, random);
        }
        if (tokens.Count == 0) return Mutation.Anywhere(json, random);
        (int from, int to, JsonTokenType type) = random.Pick(tokens);
        if (type == JsonTokenType.PropertyName)
        {
            string key = Encoding.UTF8.GetString(json, from, to - from).TrimEnd(':', ' ');
            string instead = random.Below(6) switch
            {
                0 => $"{key}:{random.Pick(Values)},{key}:", // twice
                < 3 => "\"unknown\":",
                _ => Encoding.UTF8.GetString(json.AsSpan(Other(tokens, random, JsonTokenType.PropertyName))),
            };
            return [.. json[..from], .. Encoding.UTF8.GetBytes(instead), .. json[to..]];
        }
        string value = random.Below(24) switch
        {
            0 => Deep,
            1 => Long,
            2 => "",
            3 => Encoding.UTF8.GetString(json.AsSpan(Other(tokens, random, JsonTokenType.String))),
            _ => random.Pick(Values),
        };
        return [.. json[..from], .. Encoding.UTF8.GetBytes(value), .. json[to..]];
    }

    private static Range Other(List<(int From, int To, JsonTokenType Type)> tokens, SplitMix64 random, JsonTokenType type)
    {
        (int From, int To, JsonTokenType Type)[] alike = [.. tokens.Where(token => token.Type == type)];
        (int from, int to, _) = alike.Length > 0 ? random.Pick(alike) : tokens[0];
        return from..to;
    }
}
