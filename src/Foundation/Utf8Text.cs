using System.Text.Unicode;

namespace Das.Foundation;

/// <summary>
/// The one way in which bytes become text: UTF-8, with or without a byte order mark, or UTF-16 with one. What is no text is named with its place
/// and never replaced.
/// </summary>
public static class Utf8Text
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A text file as UTF-8 without a byte order mark, which is read once; disposing of it disposes of <paramref name="bytes"/>. What is no
    /// text in UTF-16 becomes a byte that UTF-8 does not have, so that <see cref="Flaw"/> finds it.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="kind">What a person has to look at where it is no text.</param>
    /// <exception cref="DasException">It is UTF-32, or UTF-16 without a byte order mark.</exception>
    public static Stream Open(Stream bytes, string name, ErrorKind kind)
    {
        byte[] head = new byte[4];
        int held = bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        string? other = head[..held] switch
        {
            [0xff, 0xfe, 0, 0] or [0, 0, 0xfe, 0xff] => "UTF-32",
            [not 0, 0, ..] or [0, not 0, ..] => "UTF-16 without a byte order mark, or no text at all",
            _ => null,
        };
        if (other is not null) throw new DasException(kind, $"{name} is {other}: save it as UTF-8.");
        return head[..held] switch
        {
            [0xff, 0xfe, ..] => new Utf16Stream(bytes, head.AsSpan(2, held - 2), bigEndian: false),
            [0xfe, 0xff, ..] => new Utf16Stream(bytes, head.AsSpan(2, held - 2), bigEndian: true),
            [0xef, 0xbb, 0xbf, ..] => new HeadedStream(head.AsMemory(3, held - 3), bytes),
            _ => new HeadedStream(head.AsMemory(0, held), bytes),
        };
    }

    /// <summary>The whole text of <paramref name="bytes"/> as UTF-8 without a byte order mark.</summary>
    /// <exception cref="DasException">It is no text; the message names line and column.</exception>
    public static byte[] Whole(Stream bytes, string name, ErrorKind kind)
    {
        using Stream text = Open(bytes, name, kind);
        using MemoryStream whole = new();
        text.CopyTo(whole);
        byte[] utf8 = whole.ToArray();
        return Flaw(utf8) is var (at, reason) ? throw new DasException(kind, $"{name}:{Place.Of(utf8, at)}: {reason}") : utf8;
    }

    /// <inheritdoc cref="Whole(Stream,string,ErrorKind)"/>
    public static byte[] Whole(byte[] bytes, string name, ErrorKind kind) => Whole(new MemoryStream(bytes, writable: false), name, kind);

    /// <summary>The text of <paramref name="bytes"/>.</summary>
    /// <inheritdoc cref="Whole(Stream,string,ErrorKind)"/>
    public static string Of(byte[] bytes, string name, ErrorKind kind) => Strict.GetString(Whole(bytes, name, kind));

    /// <summary>The text of a file.</summary>
    /// <exception cref="DasException">It cannot be read or is no text; the message names the file.</exception>
    public static string OfFile(string path, ErrorKind kind) => Strict.GetString(BytesOfFile(path, kind));

    /// <summary>The text of a file as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="OfFile"/>
    public static byte[] BytesOfFile(string path, ErrorKind kind)
    {
        try
        {
            return Whole(File.OpenRead(path), path, kind);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DasException(kind, $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The lines of a file, without their ends (a line feed, before which a carriage return may stand).</summary>
    /// <inheritdoc cref="OfFile"/>
    public static string[] LinesOfFile(string path, ErrorKind kind)
    {
        string[] lines = [.. OfFile(path, kind).Split('\n').Select(line => line.TrimEnd('\r'))];
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    /// <summary>The text of a part of a binary file: a name in an archive, a cell of a table.</summary>
    /// <param name="utf8">The part.</param>
    /// <param name="name">What errors call it: the file and where in it the part stands.</param>
    /// <param name="kind">What a person has to look at where it is no text.</param>
    /// <exception cref="DasException">It is no UTF-8.</exception>
    public static string OfPart(ReadOnlySpan<byte> utf8, string name, ErrorKind kind) =>
        Flaw(utf8) is var (at, reason) ? throw new DasException(kind, $"{name}, byte {at + 1}: {reason}") : Strict.GetString(utf8);

    /// <summary>Where text in UTF-8 is none, and a sentence; null for what is text.</summary>
    public static (int At, string Reason)? Flaw(ReadOnlySpan<byte> utf8)
    {
        if (Utf8.IsValid(utf8)) return null;
        int at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out int length) == System.Buffers.OperationStatus.Done) at += length;
        return (at, $"the byte 0x{utf8[at]:X2} is no UTF-8 there. Save the file as UTF-8.");
    }
}

/// <summary>A place in a text.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">In characters, from 1.</param>
public readonly record struct Place(long Line, long Column)
{
    /// <summary>The place of byte <paramref name="at"/> of a text in UTF-8.</summary>
    public static Place Of(ReadOnlySpan<byte> utf8, int at) => new Place(1, 1).After(utf8[..at]);

    /// <summary>The place after <paramref name="utf8"/>, which stands here.</summary>
    public Place After(ReadOnlySpan<byte> utf8)
    {
        int end = utf8.LastIndexOf((byte)'\n');
        long characters = 0;
        foreach (byte b in utf8[(end + 1)..])
            if ((b & 0xc0) != 0x80) characters++; // Every byte but those that continue a character.
        return end < 0 ? new(Line, Column + characters) : new(Line + utf8.Count((byte)'\n'), characters + 1);
    }

    /// <summary>As editors take it: <c>3:17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");
}

/// <summary>A stream some of whose bytes have been read already.</summary>
internal sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream rest) : ReadOnceStream(rest)
{
    public override int Read(Span<byte> buffer)
    {
        if (head.IsEmpty) return Inner.Read(buffer);
        int count = Math.Min(head.Length, buffer.Length);
        head.Span[..count].CopyTo(buffer);
        head = head[count..];
        return count;
    }
}

/// <summary>UTF-16 as UTF-8. Half a surrogate pair, or half a unit at the end, becomes the byte 0xFF.</summary>
internal sealed class Utf16Stream : ReadOnceStream
{
    private const byte NoText = 0xff;

    private readonly bool bigEndian;
    private readonly byte[] units = new byte[1 << 16], utf8 = new byte[3 << 15];
    private readonly char[] characters = new char[1 << 15];
    private int held, from, to;

    public Utf16Stream(Stream inner, ReadOnlySpan<byte> head, bool bigEndian) : base(inner)
    {
        this.bigEndian = bigEndian;
        head.CopyTo(units);
        held = head.Length;
    }

    public override int Read(Span<byte> buffer)
    {
        while (from == to)
            if (!Fill()) return 0;
        int count = Math.Min(to - from, buffer.Length);
        utf8.AsSpan(from, count).CopyTo(buffer);
        from += count;
        return count;
    }

    private bool Fill()
    {
        int read = Inner.Read(units, held, units.Length - held);
        held += read;
        if (held == 0) return false;
        (from, to) = (0, 0);
        int count = held / 2, used = 0;
        for (int i = 0; i < count; i++)
            characters[i] = (char)(bigEndian ? units[2 * i] << 8 | units[2 * i + 1] : units[2 * i + 1] << 8 | units[2 * i]);
        while (used < count)
        {
            var status = Utf8.FromUtf16(characters.AsSpan(used, count - used), utf8.AsSpan(to), out int taken, out int written,
                replaceInvalidSequences: false, isFinalBlock: read == 0);
            (used, to) = (used + taken, to + written);
            if (status != System.Buffers.OperationStatus.InvalidData) break;
            utf8[to++] = NoText;
            used++;
        }
        if (read == 0 && held % 2 == 1) utf8[to++] = NoText;
        units.AsSpan(2 * used, read == 0 ? 0 : held - 2 * used).CopyTo(units);
        held = read == 0 ? 0 : held - 2 * used;
        return true;
    }
}

/// <summary>A stream that is read from its beginning to its end.</summary>
internal abstract class ReadOnceStream(Stream inner) : Stream
{
    protected Stream Inner => inner;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
