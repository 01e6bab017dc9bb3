namespace Das.Benchmarks.Text.Fast;

/// <summary>What of byte-pair encoding differs between tokenizers.</summary>
internal sealed record PairOptions
{
    /// <summary>The token of a character that no other spells; null where such a character is left out.</summary>
    public string? Unknown { get; init; }

    /// <summary>Whether neighbouring unknown characters are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether an unknown character becomes its UTF-8 bytes, <c>&lt;0xNN&gt;</c>.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>Whether a word that is a token as a whole is taken as it is, whatever merges would make of it.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>Written before every letter of a word but the first, and not part of what a merge appends.</summary>
    public string Continuing { get; init; } = "";

    /// <summary>Written after the last letter of a word.</summary>
    public string WordEnd { get; init; } = "";
}

/// <summary>Byte-pair encoding by ranked merges (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909), as Hugging Face's tokenizers do it.</summary>
internal sealed class PairModel : IWordModel
{
    private readonly IReadOnlyDictionary<string, int> ids;
    private readonly Dictionary<(int, int), (int Rank, int Whole)> merges = [];
    private readonly int[]? bytes;
    private readonly int? unknown;
    private readonly PairOptions options;

    /// <param name="ids">Token → id.</param>
    /// <param name="merges">Pairs of tokens, the first to be merged first.</param>
    /// <param name="options">The tokenizer's.</param>
    /// <param name="place">What errors call the merges: the file and the list in it.</param>
    /// <exception cref="DasException">A merge names a piece that is none.</exception>
    public PairModel(IReadOnlyDictionary<string, int> ids, IEnumerable<(string Left, string Right)> merges, PairOptions options, string place)
    {
        (this.ids, this.options) = (ids, options);
        int rank = 0;
        foreach ((string left, string right) in merges)
        {
            string where = $"{place}[{rank}]";
            if (!right.StartsWith(options.Continuing, StringComparison.Ordinal))
                throw new DasException(ErrorKind.Data, $"{where}: '{right}' does not begin with '{options.Continuing}', as what continues a word does.");
            this.merges[(Id(left), Id(right))] = (rank++, Id(left + right[options.Continuing.Length..]));

            int Id(string piece) => ids.TryGetValue(piece, out int id) ? id
                : throw new DasException(ErrorKind.Data, $"{where} merges '{left}' and '{right}', but '{piece}' is no piece of the vocabulary.");
        }
        if (options.Unknown is { } spelt)
            unknown = ids.TryGetValue(spelt, out int id) ? id
                : throw new DasException(ErrorKind.Data, $"{place}: the unknown token '{spelt}' is no piece of the vocabulary.");
        if (options.FallsBackToBytes) bytes = [.. Enumerable.Range(0, 256).Select(b => ids.GetValueOrDefault($"<0x{b:X2}>", -1))];
    }

    public int? Unknown => unknown;

    /// <summary>Appends the ids of a word, in time of n log n in its length.</summary>
    public void Cut(string word, List<int> encoded)
    {
        if (options.TakesWholeWords && ids.TryGetValue(word, out int whole))
        {
            encoded.Add(whole);
            return;
        }
        List<Symbol> symbols = [.. Letters(word).Select((id, i) => new Symbol(id, i - 1, i + 1))];
        PriorityQueue<(int Left, int Whole), (int Rank, int Left)> pairs = new();
        for (int i = 0; i + 1 < symbols.Count; i++) Consider(i);
        while (pairs.TryDequeue(out (int Left, int Whole) pair, out _))
        {
            Symbol left = symbols[pair.Left];
            if (left.Id < 0 || left.Next >= symbols.Count) continue;
            Symbol right = symbols[left.Next];
            if (!merges.TryGetValue((left.Id, right.Id), out (int, int Whole) merge) || merge.Whole != pair.Whole) continue; // Merged since.
            symbols[left.Next] = right with { Id = -1 };
            symbols[pair.Left] = left with { Id = pair.Whole, Next = right.Next };
            if (right.Next < symbols.Count) symbols[right.Next] = symbols[right.Next] with { Previous = pair.Left };
            Consider(left.Previous);
            Consider(pair.Left);
        }
        foreach (Symbol symbol in symbols)
            if (symbol.Id >= 0) encoded.Add(symbol.Id);

        void Consider(int left)
        {
            if (left < 0 || symbols[left].Next >= symbols.Count) return;
            if (merges.TryGetValue((symbols[left].Id, symbols[symbols[left].Next].Id), out (int Rank, int Whole) merge))
                pairs.Enqueue((left, merge.Whole), (merge.Rank, left));
        }
    }

    /// <summary>The ids of single characters; unknown ones as the options say.</summary>
    private List<int> Letters(string word)
    {
        List<int> letters = [];
        bool pending = false; // Unknown characters that the next ones may join.
        int at = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            string letter = (at > 0 ? options.Continuing : "") + rune;
            at += rune.Utf16SequenceLength;
            if (at == word.Length) letter += options.WordEnd;
            if (ids.TryGetValue(letter, out int id))
            {
                Flush();
                letters.Add(id);
                continue;
            }
            if (bytes is not null && Encoding.UTF8.GetBytes(letter) is var spelt && Array.TrueForAll(spelt, b => bytes[b] >= 0))
            {
                letters.AddRange(spelt.Select(b => bytes[b]));
                continue;
            }
            if (!options.FusesUnknown) Flush();
            pending = unknown is not null;
        }
        Flush();
        return letters;

        void Flush()
        {
            if (pending) letters.Add(unknown!.Value);
            pending = false;
        }
    }

    /// <summary>A part of the word; of id -1 once its left neighbour has taken it in.</summary>
    private readonly record struct Symbol(int Id, int Previous, int Next);
}
