namespace Das.Benchmarks.Images;

/// <summary>A decoded picture: interleaved 8-bit channels, row by row.</summary>
/// <param name="Pixels"><c>Height * Width * Channels</c> bytes.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">3: RGB. 4: RGB and alpha, not premultiplied.</param>
public sealed record Raster(byte[] Pixels, int Width, int Height, int Channels);

/// <summary>The picture cannot be used; the message says why in a sentence.</summary>
public sealed class BadImageException(string message) : Exception(message);
