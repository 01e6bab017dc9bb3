using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text.Fast;

/// <summary>What cuts a text into the words in which pieces are merged (<c>pre_tokenizer</c>).</summary>
internal static class PreTokenizers
{
    private const string Known = "BertPreTokenizer, ByteLevel, Split, Digits, Metaspace, WhitespaceSplit, Sequence";

    private static readonly Lazy<CharacterPattern> Gpt2 = new(() =>
        CharacterPattern.Of(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "GPT-2"));

    /// <summary>One step: a section becomes sections, empty ones among them.</summary>
    public delegate IEnumerable<Section> Cutting(Section section);

    /// <summary>What becomes of the places that a pattern matches.</summary>
    private enum Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous }

    /// <summary>The steps, in order.</summary>
    /// <exception cref="DasException">One of them is not read.</exception>
    public static IReadOnlyList<Cutting> Of(TokenizerPart? part) => part?.Type switch
    {
        null => [],
        "Sequence" => [.. part.Knowing("pretokenizers").Children("pretokenizers").SelectMany(Of)],
        "BertPreTokenizer" => [Bert(part)],
        "ByteLevel" => [ByteLevel(part.Knowing("add_prefix_space", "trim_offsets", "use_regex").Flag("add_prefix_space", true), part.Flag("use_regex", true))],
        "Digits" => [Digits(part.Knowing("individual_digits").Flag("individual_digits", false))],
        "Metaspace" => [Metaspace(part)],
        "Split" => [Split(part)],
        "WhitespaceSplit" => [section => Cut(section, Single(section.Text, rune => Rune.IsWhiteSpace(rune)), Behaviour.Removed, false)],
        _ => throw part.Unread(part.Type, Known),
    };

    /// <summary>Runs the steps; a text that they let grow without bounds is refused.</summary>
    public static IReadOnlyList<Section> Run(IReadOnlyList<Cutting> steps, Section section)
    {
        IReadOnlyList<Section> sections = [section];
        foreach (Cutting step in steps)
        {
            sections = [.. sections.SelectMany(part => step(part)).Where(part => part.Text.Length > 0)];
            Growth.Check(section.Text.Length, sections.Sum(part => (long)part.Text.Length));
        }
        return sections;
    }

    /// <summary>How Metaspace treats the beginning of a text: <c>always</c>, <c>first</c>, <c>never</c>; an older file says <c>add_prefix_space</c>.</summary>
    public static string PrependScheme(TokenizerPart part)
    {
        part.Knowing("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep");
        string scheme = part.OptionalText("prepend_scheme") ?? "always";
        if (scheme is not ("always" or "first" or "never")) throw part.Wrong("prepend_scheme", "always, first or never");
        return part.Flag("add_prefix_space", true) ? scheme : "never";
    }

    private static Cutting ByteLevel(bool spaceFirst, bool words) => section =>
    {
        Section spaced = spaceFirst && section.Text[0] != ' ' ? section with { Text = " " + section.Text } : section;
        return (words ? Cut(spaced, Gpt2.Value.Matches(spaced.Text), Behaviour.Isolated, false) : [spaced])
            .Select(word => word with { Text = ByteAlphabet.Spell(word.Text) });
    };

    private static Cutting Bert(TokenizerPart part)
    {
        part.Knowing();
        return section => BasicTokenizer.Words(section.Text)
            .Select(word => new Section(section.Text[word.From..word.To], section.First && word.From == 0));
    }

    private static Cutting Digits(bool singly) => section =>
        Cut(section, Single(section.Text, Characters.IsNumber), singly ? Behaviour.Isolated : Behaviour.Contiguous, false);

    private static Cutting Metaspace(TokenizerPart part)
    {
        string scheme = PrependScheme(part), mark = part.Character("replacement").ToString();
        bool splits = part.Flag("split", true);
        return section =>
        {
            string text = section.Text.Replace(" ", mark);
            if ((scheme == "always" || (scheme == "first" && section.First)) && !text.StartsWith(mark, StringComparison.Ordinal)) text = mark + text;
            Section marked = section with { Text = text };
            return splits ? Cut(marked, Single(text, rune => rune.ToString() == mark), Behaviour.MergedWithNext, false) : [marked];
        };
    }

    private static Cutting Split(TokenizerPart part)
    {
        Pattern pattern = Pattern.Of(part.Knowing("pattern", "behavior", "invert"));
        bool invert = part.Flag("invert", false);
        string said = part.Text("behavior");
        if (!Enum.TryParse(said, out Behaviour behaviour) || !Enum.IsDefined(behaviour))
            throw part.Unread(said, string.Join(", ", Enum.GetNames<Behaviour>()));
        return section => Cut(section, pattern.Matches(section.Text), behaviour, invert);
    }

    /// <summary>Every single character of a kind.</summary>
    private static IEnumerable<(int From, int To)> Single(string text, Func<Rune, bool> matches)
    {
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (matches(rune)) yield return (at, at + rune.Utf16SequenceLength);
            at += rune.Utf16SequenceLength;
        }
    }

    private static IEnumerable<Section> Cut(Section section, IEnumerable<(int From, int To)> matches, Behaviour behaviour, bool invert)
    {
        List<(int From, int To, bool Matches)> parts = [];
        int at = 0;
        foreach ((int from, int to) in matches)
        {
            if (at < from) parts.Add((at, from, invert));
            parts.Add((from, to, !invert));
            at = to;
        }
        if (at < section.Text.Length) parts.Add((at, section.Text.Length, invert));
        return Joined(parts, behaviour).Select(part => new Section(section.Text[part.From..part.To], section.First && part.From == 0));
    }

    private static IEnumerable<(int From, int To)> Joined(List<(int From, int To, bool Matches)> parts, Behaviour behaviour)
    {
        int begin = -1;
        for (int i = 0; i < parts.Count; i++)
        {
            if (behaviour == Behaviour.Removed && parts[i].Matches) continue;
            if (begin < 0) begin = parts[i].From;
            bool goesOn = i + 1 < parts.Count && behaviour switch
            {
                Behaviour.Contiguous => parts[i].Matches == parts[i + 1].Matches,
                Behaviour.MergedWithPrevious => parts[i + 1].Matches && !parts[i].Matches,
                Behaviour.MergedWithNext => parts[i].Matches && !parts[i + 1].Matches,
                _ => false,
            };
            if (goesOn) continue;
            yield return (begin, parts[i].To);
            begin = -1;
        }
    }
}
