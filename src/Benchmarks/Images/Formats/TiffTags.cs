using System.Buffers.Binary;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// The numbers of a TIFF's first directory (https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf; BigTIFF, too), every size compared with the
/// file's before memory is taken.
/// </summary>
internal sealed class TiffTags
{
    public const int Width = 256, Height = 257, Bits = 258, Compression = 259, Photometric = 262, StripOffsets = 273, Orientation = 274, Samples = 277,
        StripBytes = 279, Planar = 284, ColourMap = 320, TileWidth = 322, TileHeight = 323, TileOffsets = 324, TileBytes = 325, ExtraSamples = 338,
        SampleFormat = 339;

    private readonly Dictionary<int, long[]> values = [];
    private readonly bool big, reversed;

    public static bool Is(ReadOnlySpan<byte> file) => file.Length >= 4 && (file.StartsWith("II"u8) && file[2] is 42 or 43 && file[3] == 0
        || file.StartsWith("MM"u8) && file[2] == 0 && file[3] is 42 or 43);

    /// <exception cref="DasException">The directory does not lie in the file.</exception>
    public TiffTags(ReadOnlySpan<byte> file)
    {
        reversed = file[0] == 'M';
        big = file[reversed ? 3 : 2] == 43;
        long at = Number(file, big ? 8 : 4, big ? 8 : 4), entries = Number(file, at, big ? 8 : 2);
        int entry = big ? 20 : 12;
        at += big ? 8 : 2;
        HashSet<int> seen = [];
        if (entries > (file.Length - at) / entry) throw Cut(file);
        for (; entries > 0; entries--, at += entry)
        {
            int tag = (int)Number(file, at, 2), type = (int)Number(file, at + 2, 2), size = type switch
            {
                1 or 2 or 6 or 7 => 1, 3 or 8 => 2, 4 or 9 or 11 or 13 => 4, 5 or 10 or 12 or 16 or 17 or 18 => 8, _ => 0,
            };
            if (!seen.Add(tag)) throw new DasException(ErrorKind.Data, $"The image is a damaged TIFF: its tag {tag} stands there twice.");
            if (size == 0) continue;
            long count = Number(file, at + 4, big ? 8 : 4), start = at + (big ? 12 : 8);
            if (count < 0 || count > file.Length / size) throw Cut(file);
            if (count * size > (big ? 8 : 4)) start = Number(file, start, big ? 8 : 4);
            if (start < 0 || start > file.Length - count * size) throw Cut(file);
            if (type is not (1 or 3 or 4 or 16)) continue;
            long[] read = new long[count];
            for (int i = 0; i < count; i++) read[i] = Number(file, start + (long)i * size, size);
            values.Add(tag, read);
        }
    }

    public bool BigEndian => reversed;

    public long[] All(int tag) => values.GetValueOrDefault(tag, []);

    public long Of(int tag, long otherwise) => values.GetValueOrDefault(tag) is [long first, ..] ? first : otherwise;

    private long Number(ReadOnlySpan<byte> file, long at, int size)
    {
        if (at < 0 || at > file.Length - size) throw Cut(file);
        ReadOnlySpan<byte> bytes = file.Slice((int)at, size);
        return size switch
        {
            1 => bytes[0],
            2 => reversed ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => reversed ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => reversed ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    private static DasException Cut(ReadOnlySpan<byte> file) =>
        new(ErrorKind.Data, $"The image ends early: {file.Length} bytes do not hold the TIFF's directory.");
}
