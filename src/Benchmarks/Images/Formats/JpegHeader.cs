using System.Buffers.Binary;

namespace Das.Benchmarks.Images.Formats;

/// <summary>What stands in the markers of a JPEG (ITU-T T.81, annex B) before its first scan.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Scans">Several scans hold the picture, whose coefficients libjpeg keeps until the last one.</param>
/// <param name="Data">Where the first scan's data begins.</param>
internal sealed record JpegHeader(int Width, int Height, bool Scans, int Data)
{
    public static bool Is(ReadOnlySpan<byte> file) => file is [0xFF, 0xD8, 0xFF, ..];

    /// <exception cref="DasException">The file was cut before its first scan, or has other channels than Pillow reads.</exception>
    public static JpegHeader Read(ReadOnlySpan<byte> file)
    {
        JpegHeader? frame = null;
        int at = 2, components = 0;
        while (true)
        {
            int marker = Marker(file, ref at);
            ReadOnlySpan<byte> segment = Segment(file, marker, ref at);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && frame is null)
            {
                if (segment.Length < 6) throw Cut(file);
                components = segment[5];
                if (segment[0] != 8 || components is not (1 or 3 or 4))
                    throw new DasException(ErrorKind.Data,
                        $"The image is a JPEG with {components} channels of {segment[0]} bits; 1, 3 or 4 of 8 bits are read.");
                bool progressive = marker is 0xC2 or 0xC6 or 0xCA or 0xCE;
                frame = new(BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), progressive, 0);
            }
            else if (marker == 0xDA && frame is not null && segment.Length > 0)
                return frame with { Scans = frame.Scans || segment[0] < components, Data = at };
            else if (marker is 0xD9 or 0xDA) throw new DasException(ErrorKind.Data, "The image is a JPEG without a picture.");
        }
    }

    /// <summary>Walks over the scans to the end marker, which a file that was cut anywhere lacks.</summary>
    /// <exception cref="DasException">There is none.</exception>
    public void RequireEnd(ReadOnlySpan<byte> file)
    {
        int at = Data;
        for (int marker; (marker = Marker(file, ref at)) != 0xD9;) Segment(file, marker, ref at);
    }

    /// <summary>What follows a marker; nothing behind those that stand alone.</summary>
    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> file, int marker, ref int at)
    {
        if (marker is 0x01 or (>= 0xD0 and <= 0xD9)) return [];
        int length = file.Length - at >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(file[at..]) : throw Cut(file);
        if (length < 2 || length > file.Length - at) throw Cut(file);
        at += length;
        return file.Slice(at - length + 2, length - 2);
    }

    /// <summary>The next marker, behind a scan's data or stray bytes.</summary>
    private static int Marker(ReadOnlySpan<byte> file, ref int at)
    {
        while (true)
        {
            int found = file[at..].IndexOf((byte)0xFF);
            if (found < 0) throw Cut(file);
            at += found;
            while (at < file.Length && file[at] == 0xFF) at++;
            if (at >= file.Length) throw Cut(file);
            if (file[at++] is not 0 and byte marker) return marker;
        }
    }

    private static DasException Cut(ReadOnlySpan<byte> file) =>
        new(ErrorKind.Data, $"The image ends early: {file.Length} bytes do not hold a JPEG up to its end marker.");
}
