namespace Das.Reports.Predictions;

/// <summary>Reads <c>predictions.jsonl</c> line by line: of a file of any length one line is in memory, and a line's length is bounded.</summary>
public static class PredictionFile
{
    public const int LongestLine = 1 << 20;

    private const int Portion = 1 << 16;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Every prediction with the byte at which its line begins.</summary>
    /// <exception cref="DasException">A line is no prediction, is too long, or the last one is cut off; the message names file and line.</exception>
    public static IEnumerable<(long Offset, ShownPrediction Prediction)> Read(string path) =>
        Lines(path, 0).Select((line, i) => (line.Offset, Parse(path, $"line {i + 1}", line.Text)));

    /// <summary>The prediction whose line begins at <paramref name="offset"/>, as <see cref="Read"/> found it.</summary>
    /// <exception cref="DasException">There is none: the file has changed.</exception>
    public static ShownPrediction At(string path, long offset)
    {
        foreach ((_, ReadOnlyMemory<byte> text) in Lines(path, offset)) return Parse(path, $"byte {offset}", text);
        throw new DasException(ErrorKind.Storage, $"{path} has changed: it ends before byte {offset}.");
    }

    private static IEnumerable<(long Offset, ReadOnlyMemory<byte> Text)> Lines(string path, long start)
    {
        using FileStream stream = Open(path);
        stream.Position = start;
        byte[] buffer = new byte[Portion];
        int held = 0;
        while (true)
        {
            int read = stream.Read(buffer, held, buffer.Length - held), from = 0;
            held += read;
            while (buffer.AsSpan(from, held - from).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return (start + from, buffer.AsMemory(from, length));
                from += length + 1;
            }
            if (read == 0 && from == held) yield break;
            if (read == 0) throw new DasException(ErrorKind.Storage, $"{path} is cut off: its last line, at byte {start + from}, has no end. Evaluate again.");
            if (held - from == LongestLine)
                throw new DasException(ErrorKind.Storage, $"{path}: the line at byte {start + from} is longer than {LongestLine} bytes; no prediction is.");
            buffer.AsSpan(from, held - from).CopyTo(buffer);
            (start, held) = (start + from, held - from);
            if (held == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * held, LongestLine));
        }
    }

    private static FileStream Open(string path)
    {
        try { return new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Storage, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static ShownPrediction Parse(string path, string where, ReadOnlyMemory<byte> text)
    {
        (JsonElement? line, int at, string reason) = JsonText.Parse(text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text);
        if (line is not { } read) throw Bad($"at byte {at + 1}, {reason}", null);
        try
        {
            return TaskKinds.OfPrediction(read).Show(read);
        }
        catch (FormatException e)
        {
            throw Bad(e.Message, e);
        }

        DasException Bad(string problem, Exception? inner) => new(ErrorKind.Storage,
            $"{path}, {where}, is no prediction: {problem.TrimEnd('.')}. Evaluate again.", inner);
    }
}
