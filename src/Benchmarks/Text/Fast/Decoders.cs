namespace Das.Benchmarks.Text.Fast;

/// <summary>What turns tokens back into text (<c>decoder</c>).</summary>
internal static class Decoders
{
    private const string Known = "ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordPiece, Sequence";

    private static readonly (string Spaced, string Written)[] English =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>One step: the tokens' texts as others.</summary>
    public delegate IReadOnlyList<string> Reading(IReadOnlyList<string> tokens);

    /// <summary>Byte-level pieces as the text that their bytes spell; what is no UTF-8 becomes U+FFFD.</summary>
    public static Reading ByteLevel { get; } = tokens => [Encoding.UTF8.GetString([.. tokens.SelectMany(ByteAlphabet.Read)])];

    /// <summary>The steps, in order; null for none, where tokens stand with spaces between them.</summary>
    /// <exception cref="DasException">One of them is not read.</exception>
    public static IReadOnlyList<Reading>? Of(TokenizerPart? part) => part is null ? null : Steps(part);

    /// <summary>Runs the steps; a text that they let grow without bounds is refused.</summary>
    public static string Run(IReadOnlyList<Reading>? steps, IReadOnlyList<string> tokens)
    {
        if (steps is null) return string.Join(' ', tokens);
        long length = tokens.Sum(token => (long)token.Length);
        foreach (Reading step in steps)
        {
            tokens = step(tokens);
            Growth.Check(length, tokens.Sum(token => (long)token.Length));
        }
        return string.Concat(tokens);
    }

    private static IReadOnlyList<Reading> Steps(TokenizerPart part)
    {
        switch (part.Type)
        {
            case "Sequence":
                return [.. part.Knowing("decoders").Children("decoders").SelectMany(Steps)];
            case "ByteLevel":
                part.Knowing("add_prefix_space", "trim_offsets", "use_regex");
                return [ByteLevel];
            case "ByteFallback":
                part.Knowing();
                return [FromBytes];
            case "Fuse":
                part.Knowing();
                return [tokens => [string.Concat(tokens)]];
            case "Replace":
                Func<string, string> replace = Replacement.Of(part);
                return [tokens => [.. tokens.Select(replace)]];
            case "Strip":
                part.Knowing("content", "start", "stop");
                (char content, int start, int stop) = (Character(part, "content"), part.Whole("start", 1 << 16), part.Whole("stop", 1 << 16));
                return [tokens => [.. tokens.Select(token => Stripped(token, content, start, stop))]];
            case "Metaspace":
                bool drops = PreTokenizers.PrependScheme(part) != "never";
                string mark = part.Character("replacement").ToString();
                return [tokens => [.. tokens.Select((token, i) => token.Replace(mark, i == 0 && drops ? "" : " "))]];
            case "WordPiece":
                string prefix = part.Knowing("prefix", "cleanup").Text("prefix");
                bool cleans = part.Flag("cleanup", true);
                return [tokens => [.. tokens.Select((token, i) => Joined(token, i == 0, prefix, cleans))]];
            default:
                throw part.Unread(part.Type, Known);
        }
    }

    /// <summary>A piece of a word, or the next word behind a space; cleaned, English signs and short forms stand without the space.</summary>
    private static string Joined(string token, bool first, string prefix, bool cleans)
    {
        string text = first ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleans ? English.Aggregate(text, (changed, form) => changed.Replace(form.Spaced, form.Written)) : text;
    }

    private static char Character(TokenizerPart part, string key) =>
        part.Character(key) is { IsBmp: true } character ? (char)character.Value : throw part.Wrong(key, "a character of the basic plane");

    private static string Stripped(string token, char content, int start, int stop)
    {
        int from = 0, to = token.Length;
        while (from < start && from < token.Length && token[from] == content) from++;
        while (token.Length - to < stop && to > from && token[to - 1] == content) to--;
        return token[from..to];
    }

    /// <summary>Runs of byte pieces as their text; of one that is no UTF-8 as a whole, every byte becomes U+FFFD.</summary>
    private static List<string> FromBytes(IReadOnlyList<string> tokens)
    {
        List<string> texts = [];
        List<byte> run = [];
        foreach (string token in tokens)
            if (Pieces.Piece.SpellsByte(token)) run.Add(Convert.FromHexString(token.AsSpan(3, 2))[0]);
            else
            {
                Flush();
                texts.Add(token);
            }
        Flush();
        return texts;

        void Flush()
        {
            byte[] bytes = [.. run];
            if (bytes.Length > 0)
                texts.Add(System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : new string('\uFFFD', bytes.Length));
            run.Clear();
        }
    }
}
