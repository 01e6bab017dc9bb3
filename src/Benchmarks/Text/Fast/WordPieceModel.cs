namespace Das.Benchmarks.Text.Fast;

/// <summary>Cuts each word into the longest pieces that the vocabulary knows, from its beginning on (Wu et al. 2016,
/// https://arxiv.org/abs/1609.08144).</summary>
internal sealed class WordPieceModel : IWordModel
{
    /// <summary>BERT's mark of a piece that continues a word.</summary>
    public const string BertMark = "##";

    /// <summary>Of a word, in BERT's vocabularies.</summary>
    public const int BertLongest = 100;

    private readonly int unknown, longestWord, longestPiece;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts, continuations;

    /// <param name="ids">Piece → id.</param>
    /// <param name="mark">What pieces that continue a word begin with.</param>
    /// <param name="unknown">The id of a word that does not come out.</param>
    /// <param name="longestWord">A word of more characters is unknown as a whole.</param>
    public WordPieceModel(Dictionary<string, int> ids, string mark, int unknown, int longestWord)
    {
        (this.unknown, this.longestWord) = (unknown, longestWord);
        Dictionary<string, int> continued = [];
        foreach ((string piece, int id) in ids)
        {
            longestPiece = Math.Max(longestPiece, piece.Length);
            if (piece.StartsWith(mark, StringComparison.Ordinal)) continued[piece[mark.Length..]] = id;
        }
        starts = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = continued.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int? Unknown => unknown;

    public void Cut(string word, List<int> encoded)
    {
        int begin = encoded.Count, from = 0;
        if (word.Length <= longestWord || word.EnumerateRunes().Count() <= longestWord)
            while (from < word.Length && Longest(word, from) is var (length, id))
            {
                encoded.Add(id);
                from += length;
            }
        if (from == word.Length) return;
        encoded.RemoveRange(begin, encoded.Count - begin);
        encoded.Add(unknown);
    }

    private (int Length, int Id)? Longest(string word, int from)
    {
        var known = from == 0 ? starts : continuations;
        for (int length = Math.Min(longestPiece, word.Length - from); length > 0; length--)
            if (known.TryGetValue(word.AsSpan(from, length), out int id)) return (length, id);
        return null;
    }
}
