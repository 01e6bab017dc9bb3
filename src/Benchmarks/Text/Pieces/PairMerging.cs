namespace Das.Benchmarks.Text.Pieces;

/// <summary>
/// SentencePiece's byte-pair encoding (<c>bpe_model.cc</c>): beginning with single characters, the two neighbours that make the piece with the
/// highest score become one, the leftmost of equals first, until no two make a piece.
/// </summary>
internal static class PairMerging
{
    private static readonly Comparer<(float Score, int Left)> HighestThenLeftmost = Comparer<(float Score, int Left)>.Create((a, b) =>
        a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Left.CompareTo(b.Left));

    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="scores">Every piece that can come of a merge.</param>
    /// <returns>Parts of the text, in order: pieces, and characters that are none.</returns>
    public static List<Range> Cut(string text, Dictionary<string, float>.AlternateLookup<ReadOnlySpan<char>> scores)
    {
        List<Symbol> symbols = [];
        for (int at = 0; at < text.Length;)
        {
            int length = char.IsHighSurrogate(text[at]) ? 2 : 1;
            symbols.Add(new(at, length, symbols.Count - 1, symbols.Count + 1));
            at += length;
        }

        PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)> pairs = new(HighestThenLeftmost);
        for (int i = 0; i + 1 < symbols.Count; i++) Consider(i, i + 1);
        while (pairs.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            (Symbol left, Symbol right) = (symbols[pair.Left], symbols[pair.Right]);
            bool merged = left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length;
            if (merged) continue;
            symbols[pair.Left] = left with { Length = pair.Length, Next = right.Next };
            symbols[pair.Right] = right with { Length = 0 };
            if (right.Next < symbols.Count) symbols[right.Next] = symbols[right.Next] with { Previous = pair.Left };
            Consider(left.Previous, pair.Left);
            Consider(pair.Left, right.Next);
        }
        return [.. symbols.Where(s => s.Length > 0).Select(s => new Range(s.Start, s.Start + s.Length))];

        void Consider(int left, int right)
        {
            if (left < 0 || right >= symbols.Count) return;
            int length = symbols[left].Length + symbols[right].Length;
            if (scores.TryGetValue(text.AsSpan(symbols[left].Start, length), out float score)) pairs.Enqueue((left, right, length), (score, left));
        }
    }

    /// <summary>A part of the text; of length 0 once its left neighbour has taken it in.</summary>
    private readonly record struct Symbol(int Start, int Length, int Previous, int Next);
}
