using System.Buffers.Binary;
using System.IO.Compression;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// PNG (https://www.w3.org/TR/png-3/) with the values of Pillow: 16-bit grey is clipped at 255 and other 16-bit channels keep their high byte, indexes
/// beyond the palette are black, gamma and colour profiles are passed over. A file without IEND is whole if its last row is. An interlaced picture is
/// inflated once for each of its passes, side by side, so that it too takes a few rows.
/// </summary>
internal sealed class PngRows : PictureRows
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Colour type → the depths it may have; https://www.w3.org/TR/png-3/#table111.</summary>
    private static readonly Dictionary<int, int[]> Depths = new() { [0] = [1, 2, 4, 8, 16], [2] = [8, 16], [3] = [1, 2, 4, 8], [4] = [8, 16], [6] = [8, 16] };

    private readonly int depth, colour, samples;
    private readonly byte[] palette = new byte[256 * 3], alphas = new byte[256];
    private readonly int[]? key;
    private readonly List<Pass> passes = [];
    private int row;

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    public static PngRows Open(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> header = Chunk(file.Span, Signature.Length, out _);
        if (header.Length < 13 || !file.Span[(Signature.Length + 4)..].StartsWith("IHDR"u8)) throw Broken("its first chunk is not IHDR");
        return new(file, header);
    }

    private PngRows(ReadOnlyMemory<byte> file, ReadOnlySpan<byte> header)
        : base(BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]))
    {
        (depth, colour) = (header[8], header[9]);
        if (!Depths.TryGetValue(colour, out int[]? depths) || !depths.Contains(depth)) throw Broken($"colour type {colour} with {depth} bits does not exist");
        if (header[11] != 0) throw Broken($"filter method {header[11]} does not exist");
        samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        alphas.AsSpan().Fill(byte.MaxValue);

        ReadOnlySpan<byte> bytes = file.Span;
        int at = Signature.Length;
        bool coloured = colour != 3;
        while (true)
        {
            ReadOnlySpan<byte> name = bytes.Length - at >= 8 ? bytes.Slice(at + 4, 4) : throw EndsEarly();
            if (name.SequenceEqual("IDAT"u8)) break;
            if (name.SequenceEqual("IEND"u8)) throw Broken("it has no IDAT");
            ReadOnlySpan<byte> chunk = Chunk(bytes, at, out at);
            if (name.SequenceEqual("PLTE"u8))
            {
                coloured = true;
                chunk[..Math.Min(chunk.Length / 3 * 3, palette.Length)].CopyTo(palette);
            }
            else if (name.SequenceEqual("tRNS"u8)) key = Transparency(chunk);
        }
        if (!coloured) throw Broken("it lacks its palette");
        long skipped = 0;
        foreach (Interlace lace in header[12] == 0 ? Interlace.None : Interlace.Adam7)
        {
            Pass pass = new(this, lace, file[at..], skipped, samples * depth);
            skipped += pass.Bytes;
            passes.Add(pass);
        }
    }

    public override void Read(Span<byte> rgba)
    {
        foreach (Pass pass in passes)
            if (pass.Holds(row)) Expand(pass.Next(), rgba, pass.Lace.Left, pass.Lace.Across);
        row++;
        if (row == Height) foreach (Pass pass in passes) pass.CheckEnd();
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Pass pass in passes) pass.Dispose();
    }

    private void Expand(ReadOnlySpan<byte> from, Span<byte> to, int left, int across)
    {
        int step = depth / 8, stride = samples * step;
        for (int x = left, i = 0; x < Width; x += across, i++)
        {
            Span<byte> pixel = to.Slice(x * 4, 4);
            pixel[3] = byte.MaxValue;
            if (samples > 1)
            {
                ReadOnlySpan<byte> channels = from.Slice(i * stride, stride);
                if (samples == 2) Grey(pixel, channels[0]);
                else (pixel[0], pixel[1], pixel[2]) = (channels[0], channels[step], channels[2 * step]);
                if (samples is 2 or 4) pixel[3] = channels[^step];
            }
            else if (depth == 16) Grey(pixel, from[2 * i] == 0 ? from[2 * i + 1] : byte.MaxValue);
            else
            {
                int value = (from[i * depth / 8] >> (8 - depth - (i * depth & 7))) & ((1 << depth) - 1);
                if (colour != 3) Grey(pixel, (byte)(value * 255 / ((1 << depth) - 1)));
                else
                {
                    palette.AsSpan(value * 3, 3).CopyTo(pixel);
                    pixel[3] = alphas[value];
                }
            }
            if (key is not null && pixel[0] == key[0] && pixel[1] == key[1] && pixel[2] == key[2]) pixel[3] = 0;
        }
    }

    private static void Grey(Span<byte> pixel, byte value) => pixel[0] = pixel[1] = pixel[2] = value;

    /// <summary>
    /// Fills the palette's alphas, or gives the colour that is transparent as Pillow compares it: with 8-bit channels, by the low byte of each of its
    /// own, and never with 16-bit grey.
    /// </summary>
    private int[]? Transparency(ReadOnlySpan<byte> chunk)
    {
        switch (colour)
        {
            case 3:
                chunk[..Math.Min(chunk.Length, alphas.Length)].CopyTo(alphas);
                return null;
            case 0 when depth < 16 && chunk.Length >= 2:
                int grey = depth == 1 ? chunk[0] == 0 && chunk[1] == 0 ? 0 : 255 : chunk[1];
                return [grey, grey, grey];
            case 2 when chunk.Length >= 6:
                return [chunk[1], chunk[3], chunk[5]];
            default:
                return null;
        }
    }

    /// <summary>The contents of the chunk at <paramref name="at"/>, its checksum compared.</summary>
    private static ReadOnlySpan<byte> Chunk(ReadOnlySpan<byte> file, int at, out int next)
    {
        next = at;
        long length = file.Length - at >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(file[at..]) : long.MaxValue;
        if (length > file.Length - at - 12) throw new DasException(ErrorKind.Data, $"The image ends early: {file.Length} bytes do not hold the PNG's header.");
        ReadOnlySpan<byte> named = file.Slice(at + 4, 4 + (int)length);
        if (Crc(named) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]))
            throw Broken($"the checksum of its chunk {Encoding.Latin1.GetString(named[..4])} is wrong");
        next = at + 12 + (int)length;
        return named[4..];
    }

    private static DasException Broken(string what) => new(ErrorKind.Data, $"The image is a damaged PNG: {what}.");

    /// <summary>https://www.w3.org/TR/png-3/#5CRC-algorithm</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }

    /// <summary>Which pixels a pass holds: the first column and row, and the steps from there.</summary>
    private sealed record Interlace(int Left, int Top, int Across, int Down)
    {
        public static readonly Interlace[] None = [new(0, 0, 1, 1)];

        /// <summary>https://www.w3.org/TR/png-3/#8Interlace</summary>
        public static readonly Interlace[] Adam7 =
            [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];
    }

    /// <summary>One pass of the rows, inflated and unfiltered.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly PngRows picture;
        private readonly ImageData data;
        private readonly ZLibStream inflated;
        private readonly int width, height, pixelBytes;
        private readonly long skipped;
        private byte[] current, before;
        private bool started;

        public Pass(PngRows picture, Interlace lace, ReadOnlyMemory<byte> chunks, long skipped, int pixelBits)
        {
            (this.picture, Lace, this.skipped) = (picture, lace, skipped);
            width = (picture.Width - lace.Left + lace.Across - 1) / lace.Across;
            height = (picture.Height - lace.Top + lace.Down - 1) / lace.Down;
            pixelBytes = Math.Max(1, pixelBits / 8);
            int bytes = (int)(((long)width * pixelBits + 7) / 8);
            (current, before) = (new byte[bytes + 1], new byte[bytes + 1]);
            Bytes = width == 0 ? 0 : (long)height * (bytes + 1);
            data = new(chunks);
            inflated = new(data, CompressionMode.Decompress);
        }

        public Interlace Lace { get; }

        /// <summary>Its length in the inflated data.</summary>
        public long Bytes { get; }

        public bool Holds(int row) => width > 0 && row >= Lace.Top && (row - Lace.Top) % Lace.Down == 0;

        public ReadOnlySpan<byte> Next()
        {
            if (!started) Skip();
            (current, before) = (before, current);
            Fill(current);
            Unfilter();
            return current.AsSpan(1);
        }

        /// <summary>The compressed data's checksum lies behind the last row; data that ends there is whole all the same.</summary>
        public void CheckEnd()
        {
            if (Bytes == 0 || picture.passes.Exists(pass => pass.skipped > skipped && pass.Bytes > 0)) return;
            try
            {
                inflated.ReadByte();
            }
            catch (InvalidDataException) when (data.Ended)
            {
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                throw picture.Damaged("the checksum of its compressed pixels is wrong");
            }
        }

        public void Dispose() => inflated.Dispose();

        private void Skip()
        {
            started = true;
            byte[] buffer = new byte[Math.Min(skipped, 1 << 16)];
            for (long left = skipped; left > 0; left -= buffer.Length) Fill(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
        }

        private void Fill(Span<byte> into)
        {
            try
            {
                if (inflated.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length) throw picture.EndsEarly();
            }
            catch (Exception e) when (e is InvalidDataException or IOException) // What asks for a dictionary is an IOException.
            {
                throw data.Ended ? picture.EndsEarly() : picture.Damaged("its pixels cannot be inflated");
            }
        }

        /// <summary>https://www.w3.org/TR/png-3/#9Filters</summary>
        private void Unfilter()
        {
            Span<byte> row = current.AsSpan(1);
            ReadOnlySpan<byte> above = before.AsSpan(1);
            int step = pixelBytes;
            switch (current[0])
            {
                case 0:
                    break;
                case 1:
                    for (int i = step; i < row.Length; i++) row[i] += row[i - step];
                    break;
                case 2:
                    for (int i = 0; i < row.Length; i++) row[i] += above[i];
                    break;
                case 3:
                    for (int i = 0; i < row.Length; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                    break;
                case 4:
                    for (int i = 0; i < row.Length; i++)
                        row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                    break;
                default:
                    throw picture.Damaged($"filter {current[0]} does not exist");
            }
        }

        private static byte Paeth(int left, int above, int corner)
        {
            int toLeft = Math.Abs(above - corner), toAbove = Math.Abs(left - corner), toCorner = Math.Abs(left + above - corner - corner);
            return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
        }
    }

    /// <summary>The contents of consecutive IDAT chunks as one stream; their checksums are not compared, as in Pillow.</summary>
    private sealed class ImageData(ReadOnlyMemory<byte> chunks) : ReadOnlyStream
    {
        private ReadOnlyMemory<byte> left = chunks, chunk;

        /// <summary>More was asked for than there is.</summary>
        public bool Ended { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            while (chunk.IsEmpty)
            {
                if (left.Length < 8 || !left.Span[4..].StartsWith("IDAT"u8))
                {
                    Ended |= !buffer.IsEmpty;
                    return 0;
                }
                long length = BinaryPrimitives.ReadUInt32BigEndian(left.Span);
                chunk = left.Slice(8, (int)Math.Min(length, left.Length - 8));
                left = left[(int)Math.Min(12 + length, left.Length)..];
            }
            int count = Math.Min(buffer.Length, chunk.Length);
            chunk.Span[..count].CopyTo(buffer);
            chunk = chunk[count..];
            return count;
        }
    }
}
