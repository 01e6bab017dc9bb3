using System.Buffers.Binary;

namespace Das.Benchmarks.Text.Pieces;

/// <summary>
/// Reads llama2.c's <c>tokenizer.bin</c> (https://github.com/karpathy/llama2.c, <c>tokenizer.py</c>): the longest piece's length, then per piece
/// its score, its length in bytes and its bytes, a space written as one; little-endian. The first three are unknown, begin and end of a text.
/// </summary>
internal static class Llama2CVocabulary
{
    private const int Unknown = 0, Begin = 1, End = 2;

    /// <exception cref="DasException">The file ends within a piece, or a piece is longer than the file says.</exception>
    public static Piece[] Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < sizeof(int))
            throw new DasException(ErrorKind.Data,
                $"{path} has {file.Length} bytes; llama2.c's tokenizer.bin begins with the longest piece's length, 4 bytes.");
        int longest = BinaryPrimitives.ReadInt32LittleEndian(file);
        List<Piece> pieces = [];
        for (int at = sizeof(int); at < file.Length;)
        {
            ReadOnlySpan<byte> rest = file.AsSpan(at);
            if (rest.Length < 2 * sizeof(int)) throw Damaged($"it ends within the head of piece {pieces.Count}.");
            float score = BinaryPrimitives.ReadSingleLittleEndian(rest);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            if (length < 0 || length > longest) throw Damaged($"piece {pieces.Count} claims {length} bytes, the longest has {longest}.");
            if (length > rest.Length - 8) throw Damaged($"it ends within piece {pieces.Count}.");
            pieces.Add(Entry(pieces.Count, Utf8Text.OfPart(rest.Slice(8, length), $"{path}, piece {pieces.Count}", ErrorKind.Data), score));
            at += 2 * sizeof(int) + length;
        }
        return [.. pieces];

        DasException Damaged(string how) => new(ErrorKind.Data, $"{path} is damaged or no tokenizer.bin of llama2.c: {how}");
    }

    private static Piece Entry(int id, string text, float score) => id switch
    {
        Unknown => new("<unk>", score, PieceKind.Unknown),
        Begin => new(Piece.Begin, score, PieceKind.Control),
        End => new(Piece.End, score, PieceKind.Control),
        _ when Piece.SpellsByte(text) => new(text, score, PieceKind.Byte),
        _ => new(text.Replace(' ', Piece.Space), score, PieceKind.Normal),
    };
}
