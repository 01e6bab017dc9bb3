namespace Das.Benchmarks.Text.Prompts;

/// <summary>
/// What a Jinja chat template says, without what does not change its output: layout, quotes, escapes and <c>message['role']</c> beside <c>message.role</c>
/// (Jinja with <c>trim_blocks</c> and <c>lstrip_blocks</c>, as transformers runs it). Two templates with the same <see cref="Canonical"/> differ in
/// nothing but the default system message.
/// </summary>
/// <param name="Canonical">Empty where the text is no template that can be read.</param>
/// <param name="System">The text of the system message that is written in full where there is none; null where the template writes none.</param>
internal sealed record ChatTemplateText(string Canonical, string? System)
{
    private const string SystemBegins = "<|im_start|>system\n", SystemEnds = "<|im_end|>\n";

    private static readonly string[] members = ["role", "content"];

    public static ChatTemplateText Of(string template)
    {
        string text = template.Replace("\r\n", "\n").Replace('\r', '\n');
        if (text.EndsWith('\n')) text = text[..^1];
        StringBuilder canonical = new();
        string? system = null;
        (int at, bool strips, bool trimmed) = (0, false, true);
        while (true)
        {
            int open = Opening(text, at);
            string plain = text[at..(open < 0 ? text.Length : open)];
            if (strips) plain = plain.TrimStart();
            if (open < 0)
            {
                Append(canonical, 'T', plain);
                return new(canonical.ToString(), system);
            }
            bool dash = open + 2 < text.Length && text[open + 2] == '-';
            if (dash) plain = plain.TrimEnd();
            else if (text[open + 1] != '{') plain = WithoutIndent(plain, lineBegins: trimmed);
            Append(canonical, 'T', plain);
            string closing = text[open + 1] == '{' ? "}}" : $"{text[open + 1]}}}";
            if (Tag(text, open + (dash ? 3 : 2), closing) is not var (parts, end, ends)) return new("", null);
            if (parts is [{ Quoted: true } only] && closing == "}}" && system is null && only.Text.StartsWith(SystemBegins, StringComparison.Ordinal)
                && only.Text.EndsWith(SystemEnds, StringComparison.Ordinal) && only.Text.Length >= SystemBegins.Length + SystemEnds.Length)
            {
                system = only.Text[SystemBegins.Length..^SystemEnds.Length];
                Append(canonical, 'H', "system");
            }
            else if (closing != "#}")
            {
                canonical.Append(text[open + 1]);
                foreach (Part part in Members(parts)) Append(canonical, part.Quoted ? 'S' : 'N', part.Text);
            }
            (at, strips) = (end, ends);
            trimmed = closing != "}}" && at < text.Length && text[at] == '\n' && !strips;
            if (trimmed) at++;
        }
    }

    /// <summary>A string's value, or a name, number or sign.</summary>
    private readonly record struct Part(bool Quoted, string Text);

    private static void Append(StringBuilder canonical, char kind, string text)
    {
        if (kind != 'T' || text.Length > 0) canonical.Append(CultureInfo.InvariantCulture, $"{kind}{text.Length}:{text}");
    }

    private static int Opening(string text, int from)
    {
        for (int i = from; i + 1 < text.Length; i++)
            if (text[i] == '{' && text[i + 1] is '{' or '%' or '#') return i;
        return -1;
    }

    /// <summary>Without the white space between the last line's beginning and a block.</summary>
    private static string WithoutIndent(string plain, bool lineBegins)
    {
        int line = plain.LastIndexOf('\n') + 1;
        return (line > 0 || lineBegins) && plain[line..].All(char.IsWhiteSpace) ? plain[..line] : plain;
    }

    /// <summary>What stands in a tag, where the text goes on behind it, and whether white space there is dropped; null where the tag does not end.</summary>
    private static (List<Part> Parts, int End, bool Strips)? Tag(string text, int from, string closing)
    {
        List<Part> parts = [];
        for (int at = from; at < text.Length;)
        {
            bool dash = text[at] == '-';
            if (string.CompareOrdinal(text, at + (dash ? 1 : 0), closing, 0, closing.Length) == 0) return (parts, at + closing.Length + (dash ? 1 : 0), dash);
            if (closing == "#}" || char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            int begin = at;
            if (text[at] is '\'' or '"')
            {
                if (Quoted(text, ref at) is not { } value) return null;
                parts.Add(new(true, value));
                continue;
            }
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_')) at++;
            if (at == begin) at += at + 1 < text.Length && text[at..(at + 2)] is "==" or "!=" or "<=" or ">=" or "//" or "**" ? 2 : 1;
            parts.Add(new(false, text[begin..at]));
        }
        return null;
    }

    /// <summary>The value of the string that begins at a place, which moves behind it; null where it does not end or has an escape that is not read.</summary>
    private static string? Quoted(string text, ref int at)
    {
        char quote = text[at++];
        StringBuilder value = new();
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] != '\\')
            {
                value.Append(text[at]);
                continue;
            }
            if (++at >= text.Length) return null;
            char? said = text[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '\\' or '\'' or '"' => text[at], _ => null };
            if (said is not { } character) return null;
            value.Append(character);
        }
        return at++ < text.Length ? value.ToString() : null;
    }

    /// <summary>With <c>['role']</c> as <c>.role</c>.</summary>
    private static IEnumerable<Part> Members(List<Part> parts)
    {
        for (int i = 0; i < parts.Count; i++)
            if (i > 0 && i + 2 < parts.Count && parts[i] is { Quoted: false, Text: "[" } && parts[i + 2] is { Quoted: false, Text: "]" }
                && parts[i + 1].Quoted && members.Contains(parts[i + 1].Text) && Indexed(parts[i - 1]))
            {
                yield return new(false, ".");
                yield return new(false, parts[i + 1].Text);
                i += 2;
            }
            else yield return parts[i];
    }

    /// <summary>Whether a bracket behind it takes a member out of it, and does not begin a list.</summary>
    private static bool Indexed(Part part) => !part.Quoted && (part.Text is "]" or ")" || (char.IsLetter(part.Text[0]) && part.Text is not ("in" or "if" or "or"
        or "and" or "not" or "is" or "else")));
}
