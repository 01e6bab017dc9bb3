using System.Numerics;
using SkiaSharp;

namespace Das.Tests.Benchmarks;

/// <summary>Picture files made for a test.</summary>
internal static class MadePictures
{
    /// <summary>A PNG of unfiltered rows, however large.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="colour">PNG's colour type.</param>
    /// <param name="row">Row y's bytes.</param>
    /// <param name="palette">Three bytes a colour.</param>
    public static byte[] Png(int width, int height, int depth, int colour, Func<int, byte[]> row, byte[]? palette = null)
    {
        using MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)depth, (byte)colour);
        Chunk(file, "IHDR", header);
        if (palette is not null) Chunk(file, "PLTE", palette);
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(row(y));
            }
        Chunk(file, "IDAT", compressed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A grey PNG of one colour.</summary>
    public static byte[] Grey(int width, int height)
    {
        byte[] row = new byte[width];
        row.AsSpan().Fill(77);
        return Png(width, height, 8, 0, _ => row);
    }

    /// <summary>A GIF of one frame of index 0 everywhere, stored as clear codes and literals of 9 bits.</summary>
    /// <param name="screen">Side of the screen.</param>
    /// <param name="side">Side of the frame.</param>
    /// <param name="index">The colour of all its pixels.</param>
    /// <param name="palette">Three bytes a colour; a power of two of them.</param>
    public static byte[] Gif(int screen, int side, int index, byte[] palette)
    {
        List<byte> file = [.. "GIF89a"u8, (byte)screen, 0, (byte)screen, 0, (byte)(0x80 | (BitOperations.Log2((uint)palette.Length / 3) - 1)), 1, 0, .. palette,
            (byte)',', 0, 0, 0, 0, (byte)side, 0, (byte)side, 0, 0, 8];
        List<int> codes = [.. Enumerable.Range(0, side * side).SelectMany(_ => new[] { 256, index }), 257];
        List<byte> bytes = [];
        int buffer = 0, bits = 0;
        foreach (int code in codes)
        {
            buffer |= code << bits;
            for (bits += 9; bits >= 8; bits -= 8, buffer >>= 8) bytes.Add((byte)buffer);
        }
        bytes.Add((byte)buffer);
        foreach (byte[] block in bytes.Chunk(255)) file.AddRange([(byte)block.Length, .. block]);
        file.AddRange([0, (byte)';']);
        return [.. file];
    }

    /// <summary>A JPEG or WebP of noise.</summary>
    public static byte[] Noise(int width, int height, SKEncodedImageFormat format)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        SplitMix64 random = new(7);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) bitmap.SetPixel(x, y, new((byte)random.Below(256), (byte)random.Below(256), (byte)random.Below(256)));
        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static void Chunk(MemoryStream file, string name, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. content];
        file.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        file.Write(number);
    }

    /// <summary>The checksum of a chunk's name and content.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }
}
