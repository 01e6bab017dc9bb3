using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace Das.Benchmarks.Images.Formats;

/// <summary>The first picture of a TIFF, decompressed by LibTiff a row of samples or of tiles at a time, with the values of Pillow.</summary>
internal sealed class TiffRows : PictureRows
{
    /// <summary>The compressions read: none, fax, LZW, JPEG, Deflate under both its numbers, PackBits.</summary>
    private static readonly long[] Compressions = [1, 2, 3, 4, 5, 7, 8, 32946, 32773];

    /// <summary>Bytes of a tile, or of a row of them.</summary>
    private const long MostTileBytes = 1L << 26;

    private readonly TiffPixels pixels;
    private readonly Tiff[] planes;
    private readonly byte[] samples, plane;
    private readonly byte[]? tile;
    private readonly byte[][] bands;
    private readonly int tileWidth, tileHeight;
    private int row;

    static TiffRows() => Tiff.SetErrorHandler(new Quiet());

    public static PictureRows Open(ReadOnlyMemory<byte> file)
    {
        TiffTags tags = new(file.Span);
        TiffRows rows = new(file, tags);
        return tags.Of(TiffTags.Orientation, 1) is >= 2 and <= 8 and long orientation ? Upright(rows, (int)orientation) : rows;
    }

    private TiffRows(ReadOnlyMemory<byte> file, TiffTags tags) : base(tags.Of(TiffTags.Width, 0), tags.Of(TiffTags.Height, 0))
    {
        long compression = tags.Of(TiffTags.Compression, 1);
        if (!Compressions.Contains(compression))
            throw new DasException(ErrorKind.Data, $"The image is a TIFF of compression {compression}, which is not read.");
        pixels = new(tags);
        long[] offsets = tags.All(TiffTags.TileOffsets), bytes = tags.All(TiffTags.TileBytes);
        bool tiled = offsets.Length > 0;
        if (!tiled) (offsets, bytes) = (tags.All(TiffTags.StripOffsets), tags.All(TiffTags.StripBytes));
        if (offsets.Length == 0 || offsets.Zip(bytes).Any(part => part.First < 0 || part.Second < 0 || part.First > file.Length - part.Second))
            throw EndsEarly();
        bool apart = tags.Of(TiffTags.Planar, 1) == 2 && pixels.Samples > 1;
        if (apart && (pixels.Depth < 8 || (pixels.Depth > 8 && compression == 1)))
            throw new DasException(ErrorKind.Data,
                $"The image is a TIFF of separate planes of {pixels.Depth} bits and compression {compression}, which is not read.");
        byte[] whole = MemoryMarshal.TryGetArray(file, out ArraySegment<byte> array) && array.Offset == 0 && array.Count == array.Array!.Length
            ? array.Array : file.ToArray();
        planes = [.. Enumerable.Range(0, apart ? pixels.Samples : 1).Select(_ => Opened(whole, compression))];
        int perPlane = apart ? 1 : pixels.Samples;
        samples = new byte[((long)Width * pixels.Samples * pixels.Depth + 7) / 8];
        plane = apart ? new byte[samples.Length / pixels.Samples] : samples;
        if (tiled)
        {
            (long across, long down) = (tags.Of(TiffTags.TileWidth, 0), tags.Of(TiffTags.TileHeight, 0));
            if (across is <= 0 or > PictureLimits.MostSide || down is <= 0 or > PictureLimits.MostSide) throw Damaged($"its tiles are {across} x {down}");
            (tileWidth, tileHeight) = ((int)across, (int)down);
            long tileRow = (across * perPlane * pixels.Depth + 7) / 8;
            if (Math.Max(tileRow, samples.Length) > MostTileBytes / down) throw new DasException(ErrorKind.Data,
                $"The {Width} x {Height} image is a TIFF of tiles of {across} x {down}, a row of which takes more than {MostTileBytes} bytes. "
                + "Save it in strips.");
            tile = new byte[tileRow * down];
        }
        bands = tiled ? [.. planes.Select(_ => new byte[plane.Length * Math.Min(tileHeight, Height)])] : [];
        foreach (Tiff opened in planes)
            if (Try(() => tiled ? opened.TileSize() != tile!.Length : opened.ScanlineSize() != plane.Length)) throw Damaged("its rows have another length");
    }

    public override void Read(Span<byte> rgba)
    {
        for (int p = 0; p < planes.Length; p++)
        {
            if (tile is not null)
            {
                if (row % tileHeight == 0) Band(p);
                bands[p].AsSpan(row % tileHeight * plane.Length, plane.Length).CopyTo(plane);
            }
            else if (!Try(() => planes[p].ReadScanline(plane, row, (short)p))) throw Damaged($"row {row} cannot be decompressed");
            if (plane != samples) Interleave(p);
        }
        pixels.Convert(samples, rgba);
        row++;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Tiff opened in planes) opened.Dispose();
    }

    private Tiff Opened(byte[] file, long compression)
    {
        Tiff? opened = null;
        if (!Try(() => (opened = Tiff.ClientOpen("picture", "r", new MemoryStream(file, writable: false), new TiffStream())) is not null))
            throw Damaged("its directory cannot be read");
        if (compression == 7) opened!.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
        return opened!;
    }

    /// <summary>Decodes the tiles that <see cref="row"/> begins.</summary>
    private void Band(int p)
    {
        int rows = Math.Min(tileHeight, Height - row), tileRow = tile!.Length / tileHeight;
        for (int x = 0, at = 0; x < Width; x += tileWidth, at += tileRow)
        {
            if (!Try(() => planes[p].ReadTile(tile, 0, x, row, 0, (short)p) == tile.Length)) throw Damaged($"the tile at {x}, {row} cannot be decompressed");
            int length = Math.Min(tileRow, plane.Length - at);
            for (int y = 0; y < rows; y++) tile.AsSpan(y * tileRow, length).CopyTo(bands[p].AsSpan(y * plane.Length + at));
        }
    }

    private void Interleave(int p)
    {
        int bytes = pixels.Depth / 8;
        for (int x = 0; x < Width; x++) plane.AsSpan(x * bytes, bytes).CopyTo(samples.AsSpan((x * planes.Length + p) * bytes));
    }

    /// <summary>LibTiff answers damaged data with exceptions of any kind.</summary>
    private static bool Try(Func<bool> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    /// <summary>Turned as its orientation says: 2 to 4 are mirrored or upside down, 5 to 8 also lie on their side.</summary>
    private static WholeRows Upright(TiffRows rows, int orientation)
    {
        PictureLimits.CheckWhole(rows.Width, rows.Height, "a TIFF that is to be turned");
        bool side = orientation >= 5, mirrored = orientation is 2 or 3 or 7 or 8, upended = orientation is 3 or 4 or 6 or 7;
        return side ? new(rows.Height, rows.Width, 4, Turned, rows) : new(rows.Width, rows.Height, 4, Turned, rows);

        byte[] Turned()
        {
            byte[] turned = new byte[4 * rows.Width * rows.Height], line = new byte[4 * rows.Width];
            int stride = side ? rows.Height : rows.Width;
            for (int y = 0; y < rows.Height; y++)
            {
                rows.Read(line);
                int v = upended ? rows.Height - 1 - y : y;
                for (int x = 0; x < rows.Width; x++)
                {
                    int u = mirrored ? rows.Width - 1 - x : x;
                    line.AsSpan(4 * x, 4).CopyTo(turned.AsSpan(4 * (side ? u * stride + v : v * stride + u)));
                }
            }
            return turned;
        }
    }

    private sealed class Quiet : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
