using System.Buffers.Binary;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// The first picture of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt) as Pillow gives it: where it is smaller than the screen it lies on
/// the colour of the transparent index, else of index 0, and where it reaches beyond the screen, the screen grows. An interlaced picture is decoded
/// once for each of its passes, side by side, so that it too takes one row.
/// </summary>
internal sealed class GifRows : PictureRows
{
    /// <summary>First row and step of each pass of an interlaced picture.</summary>
    private static readonly (int Top, int Down)[] Passes = [(0, 8), (4, 8), (2, 4), (1, 2)];

    private readonly Frame frame;
    private readonly List<(int Top, int Down, GifIndexes Indexes)> passes = [];
    private readonly byte[] indexes;
    private int row;

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    public static GifRows Open(ReadOnlyMemory<byte> file) => new(file, Frame.Read(file.Span));

    private GifRows(ReadOnlyMemory<byte> file, Frame frame)
        : base(Math.Max(frame.ScreenWidth, frame.Left + frame.Width), Math.Max(frame.ScreenHeight, frame.Top + frame.Height))
    {
        this.frame = frame;
        if (frame.Width == 0 || frame.Height == 0) throw Damaged("its picture has no pixels");
        if (frame.CodeBits is 0 or > 11) throw Damaged($"its codes have {frame.CodeBits} bits");
        indexes = new byte[frame.Width];
        long before = 0;
        foreach ((int top, int down) in frame.Interlaced ? Passes : [(0, 1)])
        {
            passes.Add((top, down, new(file[frame.Data..], frame.CodeBits, before * frame.Width)));
            before += Math.Max(0, (frame.Height - top + down - 1) / down);
        }
    }

    public override void Read(Span<byte> rgba)
    {
        int y = row++ - frame.Top;
        bool shown = y >= 0 && y < frame.Height;
        if (shown)
        {
            GifIndexes pass = passes.Find(pass => y >= pass.Top && (y - pass.Top) % pass.Down == 0).Indexes;
            if (!pass.Read(indexes)) throw pass.Broken ? Damaged("a code is used before it is known") : EndsEarly();
        }
        for (int x = 0; x < Width; x++)
        {
            int index = shown && x >= frame.Left && x - frame.Left < frame.Width ? indexes[x - frame.Left] : Math.Max(0, frame.Transparent);
            Span<byte> pixel = rgba.Slice(x * 4, 4);
            frame.Colours.AsSpan(index * 3, 3).CopyTo(pixel);
            pixel[3] = index == frame.Transparent ? (byte)0 : byte.MaxValue;
        }
    }

    /// <summary>What stands before the first picture's data.</summary>
    /// <param name="ScreenWidth">Of the whole file.</param>
    /// <param name="ScreenHeight">Of the whole file.</param>
    /// <param name="Colours">256 colours of three bytes.</param>
    /// <param name="Data">Where the picture's blocks begin.</param>
    private sealed record Frame(int ScreenWidth, int ScreenHeight, byte[] Colours, int Data)
    {
        public int Left { get; private init; }
        public int Top { get; private init; }
        public int Width { get; private init; }
        public int Height { get; private init; }
        public bool Interlaced { get; private init; }

        /// <summary>Bits of the first codes, less one.</summary>
        public int CodeBits { get; private init; }

        /// <summary>-1: none.</summary>
        public int Transparent { get; private init; }

        public static Frame Read(ReadOnlySpan<byte> file)
        {
            int at = 13, transparent = -1;
            int flags = At(file, 10);
            byte[] colours = Ramp();
            if ((flags & 0x80) != 0) at = Palette(file, at, flags, colours);
            while (true)
            {
                switch (At(file, at++))
                {
                    case (byte)';':
                        throw new DasException(ErrorKind.Data, "The image is a GIF without a picture.");
                    case (byte)'!':
                        bool control = At(file, at++) == 0xF9;
                        for (int length; (length = At(file, at++)) > 0; at += length, control = false)
                            if (control && length >= 4 && (At(file, at) & 1) != 0) transparent = At(file, at + 3);
                        break;
                    case (byte)',':
                        int from = at;
                        flags = At(file, from + 8);
                        at += 9;
                        if ((flags & 0x80) != 0) at = Palette(file, at, flags, colours = Ramp());
                        return new(Number(file, 6), Number(file, 8), colours, at + 1)
                        {
                            Left = Number(file, from),
                            Top = Number(file, from + 2),
                            Width = Number(file, from + 4),
                            Height = Number(file, from + 6),
                            Interlaced = (flags & 0x40) != 0,
                            CodeBits = At(file, at),
                            Transparent = transparent,
                        };
                }
            }
        }

        private static int Palette(ReadOnlySpan<byte> file, int at, int flags, byte[] colours)
        {
            int bytes = 3 << ((flags & 7) + 1);
            At(file, at + bytes);
            Array.Clear(colours);
            file.Slice(at, bytes).CopyTo(colours);
            return at + bytes;
        }

        /// <summary>Without a palette an index is a grey.</summary>
        private static byte[] Ramp() => [.. Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3))];

        private static int Number(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);

        private static byte At(ReadOnlySpan<byte> file, int at) => at < file.Length ? file[at]
            : throw new DasException(ErrorKind.Data, $"The image ends early: {file.Length} bytes do not hold the GIF's header.");
    }
}
