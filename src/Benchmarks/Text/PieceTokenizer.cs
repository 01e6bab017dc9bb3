using Das.Benchmarks.Text.Fast;
using Das.Benchmarks.Text.Pieces;
using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text;

/// <summary>
/// LLaMA's text front end (Touvron et al. 2023, https://arxiv.org/abs/2302.13971): SentencePiece byte-pair encoding with byte fallback, a space
/// before every text, no padding.
/// Microsoft.ML.Tokenizers 2.0.1 is not used: of equal pairs it does not merge the leftmost first, and it drops unknown ids and a space after a
/// special one when decoding.
/// </summary>
public sealed class PieceTokenizer : DecoderTokenizer
{
    /// <summary>What SentencePiece writes for an unknown id.</summary>
    private const string UnknownText = " ⁇ ";

    private readonly Piece[] pieces;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;
    private readonly Dictionary<string, float>.AlternateLookup<ReadOnlySpan<char>> scores;
    private readonly int[] bytes = new int[256];
    private readonly AddedTokens marks;

    public override int VocabularySize => pieces.Length;

    /// <summary>By id.</summary>
    internal IReadOnlyList<Piece> Pieces => pieces;

    /// <summary>Begins every text that a model was trained on.</summary>
    public int BosId { get; }

    public override int EosId { get; }

    /// <summary>Stands for nothing that can be written; the published code pads with it, as there is no token for padding.</summary>
    public override int UnknownId { get; }

    public override string this[int id] => At(id).Text;

    private PieceTokenizer(string path, Piece[] pieces, int? endOfText)
    {
        this.pieces = pieces;
        Dictionary<string, int> normal = [];
        bytes.AsSpan().Fill(-1);
        for (int id = 0; id < pieces.Length; id++)
            if (pieces[id].Kind == PieceKind.Byte) bytes[pieces[id].Value] = id;
            else if (pieces[id].Kind == PieceKind.Normal && !normal.TryAdd(pieces[id].Text, id))
                throw new DasException(ErrorKind.Data, $"{path} holds the piece '{pieces[id].Text}' twice, as {normal[pieces[id].Text]} and {id}.");
        ids = normal.GetAlternateLookup<ReadOnlySpan<char>>();
        scores = normal.ToDictionary(p => p.Key, p => pieces[p.Value].Score).GetAlternateLookup<ReadOnlySpan<char>>();

        int missing = Array.IndexOf(bytes, -1);
        if (missing >= 0) throw new DasException(ErrorKind.Data, $"{path} lacks the piece <0x{missing:X2}>; LLaMA's vocabularies spell every byte, as some "
            + "characters are no piece.");
        (BosId, EosId) = (Special(PieceKind.Control, Piece.Begin), Special(PieceKind.Control, Piece.End));
        if (endOfText >= pieces.Length || endOfText < 0)
            throw new DasException(ErrorKind.Data, $"{path} has no piece {endOfText} to end a text with: its pieces are 0 to {pieces.Length - 1}; "
                + $"give another endOfText.");
        if (endOfText is { } end) EosId = At(end).Kind == PieceKind.Control ? end
            : throw new DasException(ErrorKind.Data, $"{path}: the piece {end}, '{At(end).Text}', cannot end a text; "
                + $"{Piece.Begin} is {BosId}, {Piece.End} is {EosId}.");
        UnknownId = Special(PieceKind.Unknown, null);
        // Reversed: the first of pieces with the same text is put in last, and counts.
        marks = new(pieces.Select((piece, id) => (piece, id)).Where(entry => entry.piece.Kind is PieceKind.Control or PieceKind.Unknown).Reverse()
            .Select(entry => (entry.piece.Text, new AddedToken(entry.piece.Text == Piece.End ? EosId : entry.id, entry.piece.Text))));

        int Special(PieceKind kind, string? text) => Array.FindIndex(pieces, p => p.Kind == kind && (text is null || p.Text == text)) is >= 0 and var id
            ? id
            : throw new DasException(ErrorKind.Data, $"{path} lacks the {kind.ToString().ToLowerInvariant()} piece {text}; is it LLaMA's tokenizer?");
    }

    /// <summary>Reads SentencePiece's <c>tokenizer.model</c>, or llama2.c's <c>tokenizer.bin</c> where the name ends so.</summary>
    /// <param name="path">The file.</param>
    /// <param name="endOfText">What ends the texts that a model was trained on, where that is not the end piece: llama2.c's models know the begin of
    /// the next.</param>
    /// <exception cref="DasException">The file is damaged, or not LLaMA's kind of tokenizer; the message names it.</exception>
    public static PieceTokenizer Load(string path, int? endOfText = null) =>
        new(path, Path.GetExtension(path) == ".bin" ? Llama2CVocabulary.Read(path) : SentencePieceModel.Read(path), endOfText);

    /// <summary>LLaMA's pieces as lists by id, as GGUF files hold them.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="tokens">With <c>▁</c> for a space and <c>&lt;0x0A&gt;</c> for a byte.</param>
    /// <param name="kinds">By id: 1 normal, 2 unknown, 3 control, 5 unused, 6 byte.</param>
    /// <param name="scores">By id.</param>
    /// <param name="endOfText">What ends a text, where that is not the end piece.</param>
    /// <exception cref="DasException">The lists are not of their form, or not LLaMA's kind of tokenizer.</exception>
    public static PieceTokenizer OfLists(string name, IReadOnlyList<string> tokens, IReadOnlyList<int> kinds, IReadOnlyList<float> scores, int? endOfText) =>
        kinds.Count == tokens.Count && scores.Count == tokens.Count
            ? new(name, [.. tokens.Select((token, id) => new Piece(token, scores[id], KindOf(name, id, token, kinds[id])))], endOfText)
            : throw new DasException(ErrorKind.Data, $"{name} has {tokens.Count} tokens, {kinds.Count} types and {scores.Count} scores; each has one of both.");

    /// <summary>The ids of a text, which is read with a space before it; special pieces written in it are text.</summary>
    /// <param name="text">Any text; an empty one has no ids of its own.</param>
    /// <param name="bos">Whether <see cref="BosId"/> comes first.</param>
    /// <param name="eos">Whether <see cref="EosId"/> comes last.</param>
    public override int[] Encode(string text, bool bos = false, bool eos = false)
    {
        List<int> encoded = bos ? [BosId] : [];
        if (text.Length > 0) Append(encoded, Piece.Space + Characters.WellFormed(text).Replace(' ', Piece.Space));
        if (eos) encoded.Add(EosId);
        return [.. encoded];
    }

    /// <summary>
    /// The ids as LLaVA's front end gives them, transformers' slow LLaMA tokenizer in its legacy mode: <see cref="BosId"/> first, special pieces
    /// written in the text as their ids, the end piece as <see cref="EosId"/>, every stretch between them read as a text of its own, with its own space.
    /// </summary>
    public override int[] EncodeMarked(string text, bool bos = true)
    {
        List<int> encoded = bos ? [BosId] : [];
        foreach (Section section in marks.Split(text, first: true))
            if (section.Token is { } mark) encoded.Add(mark);
            else encoded.AddRange(Encode(section.Text));
        return [.. encoded];
    }

    /// <summary>The text that the ids stand for; begin and end are left out, as is the space that every text is read with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public override string Decode(IEnumerable<int> encoded) => Text(encoded, begins: true);

    /// <summary>What the ids add to a text before them: unlike the beginning of a text, they keep their first space.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public override string DecodeContinuation(IEnumerable<int> encoded) => Text(encoded, begins: false);

    private void Append(List<int> encoded, string text)
    {
        foreach (Range part in PairMerging.Cut(text, scores))
            if (ids.TryGetValue(text.AsSpan()[part], out int id)) encoded.Add(id);
            else foreach (byte value in Encoding.UTF8.GetBytes(text[part])) encoded.Add(bytes[value]);
    }

    private static PieceKind KindOf(string name, int id, string token, int kind) => kind switch
    {
        _ when token.Length == 0 => throw new DasException(ErrorKind.Data, $"{name}: token {id} has no text, so that it stands everywhere."),
        1 => PieceKind.Normal,
        2 => PieceKind.Unknown,
        3 or 5 => PieceKind.Control,
        6 when Piece.SpellsByte(token) => PieceKind.Byte,
        _ => throw new DasException(ErrorKind.Data, $"{name}: token {id}, '{token}', is of type {kind}; LLaMA's are normal (1), unknown (2), control (3), "
            + "unused (5) or a byte (6)."),
    };

    private string Text(IEnumerable<int> encoded, bool begins)
    {
        StringBuilder text = new();
        List<byte> pending = [];
        foreach (int id in encoded)
        {
            Piece piece = At(id);
            if (piece.Kind == PieceKind.Byte)
            {
                pending.Add(piece.Value);
                continue;
            }
            Spell(pending, text);
            if (text.Length > 0) begins = false;
            if (piece.Kind == PieceKind.Unknown) text.Append(UnknownText);
            if (piece.Kind != PieceKind.Normal) continue;
            bool drops = begins && piece.Text.StartsWith(Piece.Space);
            if (drops) begins = false;
            text.Append((drops ? piece.Text[1..] : piece.Text).Replace(Piece.Space, ' '));
        }
        Spell(pending, text);
        return text.ToString();
    }

    /// <summary>Bytes to characters; each byte that is part of none becomes U+FFFD.</summary>
    private static void Spell(List<byte> pending, StringBuilder text)
    {
        ReadOnlySpan<byte> rest = pending.ToArray();
        while (rest.Length > 0)
        {
            bool whole = Rune.DecodeFromUtf8(rest, out Rune character, out int used) == System.Buffers.OperationStatus.Done;
            text.Append(whole ? character.ToString() : Rune.ReplacementChar.ToString());
            rest = rest[(whole ? used : 1)..];
        }
        pending.Clear();
    }

    private Piece At(int id) => id >= 0 && id < pieces.Length
        ? pieces[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary's {pieces.Length} pieces have the ids 0 to {pieces.Length - 1}.");
}
