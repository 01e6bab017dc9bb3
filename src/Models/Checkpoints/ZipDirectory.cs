using System.IO.Compression;
using System.Text;

namespace Das.Models.Checkpoints;

/// <summary>One file inside a zip archive.</summary>
internal sealed record ZipEntry(string Name, bool Deflated, long PackedBytes, long Bytes, long Header);

/// <summary>The central directory of a zip archive (APPNOTE 6.3, with zip64).</summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50, CentralSignature = 0x02014b50,
        LocalSignature = 0x04034b50;
    private const int EndSize = 22, Locator64Size = 20, End64Size = 56, CentralSize = 46, LocalSize = 30;
    private const ushort Encrypted = 1, Zip64Field = 1, Stored = 0, Deflate = 8;

    /// <summary>torch.save stores; an archive packed again shrinks weights by less than half. Anything beyond is a bomb.</summary>
    private const long MostExpansion = 8, AlwaysAllowed = 4 << 20;

    /// <summary>A compressed entry up to this size is unpacked once for all tensors that lie in it.</summary>
    private const long KeptWhole = 64 << 20;

    private readonly BoundedFile file;
    private readonly Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);
    private (ZipEntry Entry, byte[] Content)? last;

    public ZipDirectory(BoundedFile file)
    {
        this.file = file;
        long end = FindEnd();
        ReadOnlySpan<byte> record = file.Bytes(end, EndSize);
        long count = U16(record[10..]), size = U32(record[12..]), start = U32(record[16..]);
        if (end >= Locator64Size && U32(file.Bytes(end - Locator64Size, 4)) == Locator64Signature)
        {
            record = file.Bytes(I64(file.Bytes(end - Locator64Size + 8, 8)), End64Size);
            if (U32(record) != End64Signature) throw Broken("its zip64 end record is damaged");
            (count, size, start) = (I64(record[32..]), I64(record[40..]), I64(record[48..]));
        }
        if (count < 0 || count > size / CentralSize) throw Broken($"its directory of {size} bytes cannot list {count} entries");
        file.Check(start, 0);
        for (long i = 0, at = start; i < count; i++) at += ReadCentral(at);
    }

    public IEnumerable<string> Names => entries.Keys;

    public ZipEntry? Find(string name) => entries.GetValueOrDefault(name);

    /// <summary>Copies a part of an entry's content to memory, straight from the file when it is stored.</summary>
    public unsafe void Copy(ZipEntry entry, long offset, long count, byte* destination)
    {
        if (!entry.Deflated) file.Copy(Start(entry) + offset, count, destination);
        else if (entry.Bytes <= KeptWhole) Unpacked(entry).AsSpan((int)offset, (int)count).CopyTo(new(destination, (int)count));
        else Unpack(entry, offset, count, destination);
    }

    /// <summary>An entry's whole content.</summary>
    public byte[] Read(ZipEntry entry, int most)
    {
        if (entry.Bytes > most) throw Broken($"its entry '{entry.Name}' of {entry.Bytes} bytes is larger than the {most} expected at most");
        return entry.Deflated ? Unpacked(entry) : file.Bytes(Start(entry), entry.Bytes);
    }

    /// <summary>The content of a compressed entry, kept for the next tensor of the same storage.</summary>
    private unsafe byte[] Unpacked(ZipEntry entry)
    {
        if (last is { } kept && kept.Entry == entry) return kept.Content;
        byte[] content = new byte[(int)entry.Bytes];
        fixed (byte* start = content) Unpack(entry, 0, content.Length, start);
        last = (entry, content);
        return content;
    }

    private unsafe void Unpack(ZipEntry entry, long offset, long count, byte* destination)
    {
        try
        {
            using Stream packed = file.Part(Start(entry), entry.PackedBytes);
            using DeflateStream inflated = new(packed, CompressionMode.Decompress);
            byte[] skipped = new byte[(int)Math.Min(offset, 1 << 16)];
            for (long left = offset; left > 0; left -= Math.Min(left, skipped.Length))
                inflated.ReadExactly(skipped.AsSpan(0, (int)Math.Min(left, skipped.Length)));
            for (long done = 0; done < count;)
            {
                int part = (int)Math.Min(count - done, 1 << 20);
                inflated.ReadExactly(new Span<byte>(destination + done, part));
                done += part;
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Broken($"its entry '{entry.Name}' cannot be unpacked", e);
        }
    }

    /// <summary>The offset of an entry's first byte.</summary>
    private long Start(ZipEntry entry)
    {
        ReadOnlySpan<byte> local = file.Bytes(entry.Header, LocalSize);
        if (U32(local) != LocalSignature) throw Broken($"its entry '{entry.Name}' is not where the directory says");
        return entry.Header + LocalSize + U16(local[26..]) + U16(local[28..]);
    }

    private long FindEnd()
    {
        int tail = (int)Math.Min(file.Length, EndSize + ushort.MaxValue);
        ReadOnlySpan<byte> bytes = file.Bytes(file.Length - tail, tail);
        for (int i = tail - EndSize; i >= 0; i--)
            if (U32(bytes[i..]) == EndSignature) return file.Length - tail + i;
        throw Broken("its zip directory is missing, so it is cut off");
    }

    private long ReadCentral(long at)
    {
        ReadOnlySpan<byte> record = file.Bytes(at, CentralSize);
        if (U32(record) != CentralSignature) throw Broken("its zip directory is damaged");
        ushort flags = U16(record[8..]), method = U16(record[10..]), nameBytes = U16(record[28..]), extraBytes = U16(record[30..]);
        long packed = U32(record[20..]), bytes = U32(record[24..]), header = U32(record[42..]);
        byte[] named = file.Bytes(at + CentralSize, nameBytes);
        if (Utf8Text.Flaw(named) is not null) throw Broken($"the name of an entry of its zip directory, at byte {at + CentralSize}, is no UTF-8");
        string name = Encoding.UTF8.GetString(named);
        Widen(file.Bytes(at + CentralSize + nameBytes, extraBytes), ref bytes, ref packed, ref header);

        if ((flags & Encrypted) != 0) throw Broken($"its entry '{name}' is encrypted");
        if (method is not (Stored or Deflate)) throw Broken($"its entry '{name}' uses compression method {method} where stored or deflated is expected");
        if (packed < 0 || bytes < 0 || header < 0 || (method == Stored && packed != bytes)) throw Broken($"its entry '{name}' has impossible sizes");
        if (packed > file.Length - header)
            throw Broken($"its entry '{name}' claims {packed} bytes at {header}, and the file has {file.Length}");
        if (method == Deflate && bytes > Math.Max(AlwaysAllowed, MostExpansion * file.Length))
            throw Broken($"its entry '{name}' claims to unpack to {bytes} bytes");
        if (!entries.TryAdd(name, new(name, method == Deflate, packed, bytes, header))) throw Broken($"its entry '{name}' stands in it twice");
        return CentralSize + nameBytes + extraBytes + U16(record[32..]);
    }

    /// <summary>The zip64 field holds, in this order, those values that are all ones in the record.</summary>
    private static void Widen(ReadOnlySpan<byte> extra, ref long bytes, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            ushort id = U16(extra), length = U16(extra[2..]);
            extra = extra[4..];
            if (length > extra.Length) return;
            if (id == Zip64Field)
            {
                ReadOnlySpan<byte> field = extra[..length];
                WidenOne(ref field, ref bytes);
                WidenOne(ref field, ref packed);
                WidenOne(ref field, ref header);
            }
            extra = extra[length..];
        }
    }

    private static void WidenOne(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue || field.Length < 8) return;
        value = I64(field);
        field = field[8..];
    }

    private static ushort U16(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static uint U32(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32LittleEndian(at);

    private static long I64(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadInt64LittleEndian(at);

    private DasException Broken(string what, Exception? inner = null) =>
        new(ErrorKind.Checkpoint, $"'{file.Path}' is not a usable torch.save archive: {what}; copy, download or save it again.", inner);
}
