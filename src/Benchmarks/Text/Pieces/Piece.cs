namespace Das.Benchmarks.Text.Pieces;

/// <summary>What an entry of a vocabulary of pieces stands for.</summary>
internal enum PieceKind
{
    /// <summary>Its text.</summary>
    Normal,

    /// <summary>Nothing that can be written.</summary>
    Unknown,

    /// <summary>The begin or the end of a text; it has no text of its own.</summary>
    Control,

    /// <summary>One byte of a character that no piece spells.</summary>
    Byte,
}

/// <summary>An entry of a vocabulary; its id is its place.</summary>
/// <param name="Text">As the vocabulary spells it: <c>▁</c> for a space, <c>&lt;0x0A&gt;</c> for a byte.</param>
/// <param name="Score">Of two pairs of neighbours the one that makes the piece with the higher score is merged first.</param>
/// <param name="Kind">What it stands for.</param>
internal readonly record struct Piece(string Text, float Score, PieceKind Kind)
{
    /// <summary>How SentencePiece writes a space.</summary>
    public const char Space = '▁';

    /// <summary>How both kinds of vocabulary spell the begin and the end of a text.</summary>
    public const string Begin = "<s>", End = "</s>";

    /// <summary>The byte that a piece of that kind stands for: <c>&lt;0x0A&gt;</c> is 10.</summary>
    public byte Value => Convert.FromHexString(Text.AsSpan(3, 2))[0];

    public static bool SpellsByte(string text) =>
        text is ['<', '0', 'x', _, _, '>'] && char.IsAsciiHexDigit(text[3]) && char.IsAsciiHexDigit(text[4]);
}
