namespace Das.Benchmarks.Images;

/// <summary>A decoded picture: interleaved 8-bit channels, row by row.</summary>
/// <param name="Pixels"><c>Height * Width * Channels</c> bytes.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">3: RGB. 4: RGB and alpha, not premultiplied.</param>
public sealed record Raster(byte[] Pixels, int Width, int Height, int Channels)
{
    /// <summary>Columns <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public Raster Columns(int from, int to)
    {
        int stride = (to - from) * Channels;
        byte[] pixels = new byte[Height * stride];
        for (int y = 0; y < Height; y++) Pixels.AsSpan((y * Width + from) * Channels, stride).CopyTo(pixels.AsSpan(y * stride));
        return new(pixels, to - from, Height, Channels);
    }
}
