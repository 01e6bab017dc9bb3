using System.Buffers;
using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text.Fast;

/// <summary>A token that is found in a text before anything is cut.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Content">Its spelling.</param>
/// <param name="SingleWord">Whether it counts only where no letter, mark, digit or underscore stands beside it.</param>
/// <param name="LeftStrip">Whether it takes in the white space before it.</param>
/// <param name="RightStrip">Whether it takes in the white space after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalised text, and not in the text as it is.</param>
/// <param name="Special">Whether it is left out of a decoded text.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false,
    bool Special = false);

/// <summary>A part of a text.</summary>
/// <param name="Text">Never empty.</param>
/// <param name="First">Whether the whole text begins with it.</param>
/// <param name="Token">The id where it is an added token.</param>
internal readonly record struct Section(string Text, bool First, int? Token = null);

/// <summary>Finds added tokens: the longest at the earliest place, in time that grows with the text's length.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<(int Node, char Letter), int> next = [];
    private readonly List<AddedToken?> ends = [null];
    private readonly SearchValues<char> firsts;

    /// <param name="tokens">What each is spelt like in the texts that are looked through; of equal spellings the last counts.</param>
    public AddedTokens(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        foreach ((string spelling, AddedToken token) in tokens.Where(t => t.Spelling.Length > 0))
        {
            int node = 0;
            foreach (char letter in spelling)
            {
                if (!next.TryGetValue((node, letter), out int child))
                {
                    next[(node, letter)] = child = ends.Count;
                    ends.Add(null);
                }
                node = child;
            }
            ends[node] = token;
        }
        firsts = SearchValues.Create([.. next.Keys.Where(edge => edge.Node == 0).Select(edge => edge.Letter)]);
    }

    /// <summary>The text as tokens and what stands between them.</summary>
    public List<Section> Split(string text, bool first)
    {
        List<Section> sections = [];
        int from = 0;
        for (int at = 0; text.AsSpan(at).IndexOfAny(firsts) is >= 0 and var skipped;)
        {
            at += skipped;
            if (Longest(text, at) is not var (token, length))
            {
                at++;
                continue;
            }
            int begin = at, end = at += length;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, begin)) || BeginsWithWord(text.AsSpan(end)))) continue;
            while (token.LeftStrip && begin > from && Characters.IsSpace(text[begin - 1])) begin--;
            while (token.RightStrip && end < text.Length && Characters.IsSpace(text[end])) end++;
            if (from < begin) sections.Add(new(text[from..begin], first && from == 0));
            sections.Add(new(token.Content, false, token.Id));
            from = end;
        }
        if (from < text.Length) sections.Add(new(text[from..], first && from == 0));
        return sections;
    }

    private (AddedToken Token, int Length)? Longest(string text, int at)
    {
        (AddedToken, int)? found = null;
        for (int node = 0, length = 1; at + length <= text.Length && next.TryGetValue((node, text[at + length - 1]), out node); length++)
            if (ends[node] is { } token) found = (token, length);
        return found;
    }

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && Characters.IsWord(rune);

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && Characters.IsWord(rune);
}
