using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>A decoded picture, row by row.</summary>
/// <param name="image">The picture; without alpha it is opaque.</param>
/// <param name="memory">Its share of the memory for such pictures, given back with the rows.</param>
internal sealed class RasterRows(Raster image, PictureMemory? memory = null) : PictureRows(image.Width, image.Height)
{
    private int row;

    /// <summary>The rows of a picture as training changes it, for which it is decoded whole; of one that it does not change as they are decoded.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <param name="augment">What training does to the whole RGB picture; null where it does nothing.</param>
    /// <exception cref="DasException">Undecodable, or too large to be augmented.</exception>
    public static PictureRows Open(ReadOnlyMemory<byte> encoded, Func<Raster, Raster>? augment)
    {
        PictureRows decoded = ImageDecoder.Open(encoded);
        if (augment is null) return decoded;
        using (decoded)
        {
            const int copies = 4 * 3; // Decoded, before and after an operation, and what an operation works on.
            PictureMemory memory = PictureMemory.Take(decoded.Width, decoded.Height, copies);
            try
            {
                return new RasterRows(augment(ImageDecoder.Whole(decoded, 3)), memory);
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }
    }

    public override void Read(Span<byte> rgba)
    {
        ReadOnlySpan<byte> from = image.Pixels.AsSpan(row++ * Width * image.Channels, Width * image.Channels);
        if (image.Channels == 4)
        {
            from.CopyTo(rgba);
            return;
        }
        for (int at = 0, to = 0; at < from.Length; at += 3, to += 4)
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) = (from[at], from[at + 1], from[at + 2], byte.MaxValue);
    }

    protected override void Dispose(bool disposing) => memory?.Dispose();
}
