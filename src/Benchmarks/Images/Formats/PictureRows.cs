namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// A picture that is decoded row by row, the topmost first: red, green, blue and alpha, not premultiplied, as Pillow's <c>convert("RGBA")</c> gives
/// them. Unless it says otherwise, a decoder holds a few rows at a time, whatever its header claims.
/// </summary>
public abstract class PictureRows : IDisposable
{
    /// <summary>Columns.</summary>
    public int Width { get; private init; }

    /// <summary>Rows.</summary>
    public int Height { get; private init; }

    /// <exception cref="DasException">The size is 0, or beyond <see cref="PictureLimits"/>.</exception>
    protected PictureRows(long width, long height)
    {
        PictureLimits.Check(width, height);
        (Width, Height) = ((int)width, (int)height);
    }

    /// <summary>Decodes the next row.</summary>
    /// <param name="rgba">Takes 4 <see cref="Width"/> bytes.</param>
    /// <exception cref="DasException">The file ends before the row, or is damaged.</exception>
    public abstract void Read(Span<byte> rgba);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The picture's data ends before its last row.</summary>
    protected DasException EndsEarly() => new(ErrorKind.Data, $"The image ends early: the file does not hold its {Width} x {Height} pixels.");

    /// <summary>The picture's data contradicts itself.</summary>
    protected DasException Damaged(string what) => new(ErrorKind.Data, $"The data of the {Width} x {Height} image is damaged: {what}.");
}

/// <summary>A picture that has to be decoded as a whole, which happens when its first row is asked for.</summary>
/// <param name="width">Columns.</param>
/// <param name="height">Rows.</param>
/// <param name="bytesPerPixel">What decoding takes, all copies counted.</param>
/// <param name="decode">Gives 4 bytes a pixel.</param>
/// <param name="source">What it decodes, disposed with the rows.</param>
internal sealed class WholeRows(int width, int height, int bytesPerPixel, Func<byte[]> decode, IDisposable? source = null) : PictureRows(width, height)
{
    private PictureMemory? memory;
    private byte[]? rgba;
    private int row;

    public override void Read(Span<byte> into)
    {
        memory ??= PictureMemory.Take(Width, Height, bytesPerPixel);
        (rgba ??= decode()).AsSpan(Width * 4 * row++, Width * 4).CopyTo(into);
    }

    protected override void Dispose(bool disposing)
    {
        memory?.Dispose();
        source?.Dispose();
    }
}
