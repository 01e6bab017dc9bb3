using Google.Protobuf;

namespace Das.Benchmarks.Text.Pieces;

/// <summary>
/// Reads a SentencePiece <c>tokenizer.model</c> (https://github.com/google/sentencepiece, <c>sentencepiece_model.proto</c>) of LLaMA's making:
/// byte-pair encoding with byte fallback, text taken as it is. A model of another making is refused, as its texts would be cut differently.
/// </summary>
internal static class SentencePieceModel
{
    /// <exception cref="DasException">The file is damaged, or asks for what LLaMA's tokenizer does not do.</exception>
    public static Piece[] Read(string path)
    {
        try
        {
            return Pieces(path, new CodedInputStream(File.ReadAllBytes(path)));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new DasException(ErrorKind.Data, $"{path} is damaged or no SentencePiece model: {e.Message}", e);
        }
    }

    private static Piece[] Pieces(string path, CodedInputStream model)
    {
        const int piece = 1, trainer = 2, normalizer = 3;
        List<Piece> pieces = [];
        bool trained = false, normalized = false;
        for (uint tag = model.ReadTag(); tag != 0; tag = model.ReadTag())
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case piece:
                    pieces.Add(Entry(path, pieces.Count, Message(model)));
                    break;
                case trainer:
                    CheckTrainer(path, Message(model));
                    trained = true;
                    break;
                case normalizer:
                    CheckNormalizer(path, Message(model));
                    normalized = true;
                    break;
                default:
                    model.SkipLastField();
                    break;
            }
        if (pieces.Count == 0 || !trained || !normalized)
            throw new DasException(ErrorKind.Data, $"{path} is no whole SentencePiece model: {pieces.Count} pieces, {(trained ? "a" : "no")} trainer's and "
                + $"{(normalized ? "a" : "no")} normaliser's part.");
        return [.. pieces];
    }

    private static Piece Entry(string path, int id, CodedInputStream entry)
    {
        string text = "";
        float score = 0;
        ulong type = 1;
        for (uint tag = entry.ReadTag(); tag != 0; tag = entry.ReadTag())
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: text = Utf8Text.OfPart(entry.ReadBytes().Span, $"{path}, piece {id}", ErrorKind.Data); break;
                case 2: score = entry.ReadFloat(); break;
                case 3: type = entry.ReadUInt64(); break;
                default: entry.SkipLastField(); break;
            }
        if (text.Length == 0)
            throw new DasException(ErrorKind.Data, $"{path}: piece {id} has no text, so that it stands everywhere: copy or download the tokenizer again.");
        PieceKind kind = type switch
        {
            1 => PieceKind.Normal,
            2 => PieceKind.Unknown,
            3 => PieceKind.Control,
            6 when Piece.SpellsByte(text) => PieceKind.Byte,
            _ => throw new DasException(ErrorKind.Data, $"{path}: piece {id}, '{text}', has type {type}; LLaMA's pieces are normal, unknown, control or byte."),
        };
        return new(text, score, kind);
    }

    private static void CheckTrainer(string path, CodedInputStream trainer)
    {
        const ulong bpe = 2;
        ulong type = 1, suffix = 0;
        for (uint tag = trainer.ReadTag(); tag != 0; tag = trainer.ReadTag())
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3: type = trainer.ReadUInt64(); break;
                case 24: suffix = trainer.ReadUInt64(); break;
                default: trainer.SkipLastField(); break;
            }
        if (type != bpe || suffix != 0)
            throw new DasException(ErrorKind.Data,
                $"{path} is a SentencePiece model of type {type}{(suffix != 0 ? " with spaces at the ends of pieces" : "")}; "
                + $"LLaMA's is byte-pair encoding, type {bpe}, with spaces at their beginnings.");
    }

    private static void CheckNormalizer(string path, CodedInputStream normalizer)
    {
        int rules = 0;
        ulong prefix = 1, shrinks = 1, escapes = 1;
        for (uint tag = normalizer.ReadTag(); tag != 0; tag = normalizer.ReadTag())
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2: rules = normalizer.ReadBytes().Length; break;
                case 3: prefix = normalizer.ReadUInt64(); break;
                case 4: shrinks = normalizer.ReadUInt64(); break;
                case 5: escapes = normalizer.ReadUInt64(); break;
                default: normalizer.SkipLastField(); break;
            }
        if (rules > 0 || prefix == 0 || shrinks != 0 || escapes == 0)
            throw new DasException(ErrorKind.Data,
                $"{path} changes texts before cutting them (rules {rules} bytes, space before the text {prefix}, spaces joined "
                + $"{shrinks}, spaces written as ▁ {escapes}); LLaMA's has 0, 1, 0, 1.");
    }

    private static CodedInputStream Message(CodedInputStream outer) => outer.ReadBytes().CreateCodedInput();
}
