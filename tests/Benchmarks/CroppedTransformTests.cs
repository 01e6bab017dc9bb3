namespace Das.Tests.Benchmarks;

public sealed class CroppedTransformTests
{
    private static readonly float[] mean = [0.4f, 0.5f, 0.6f], deviation = [0.1f, 0.2f, 0.3f];

    [Theory]
    [InlineData(31, 20, 27, 18, 7, 3)] // 15 columns are left: seven before the cut, where METER's rounding leaves eight
    [InlineData(20, 31, 18, 27, 3, 7)]
    [InlineData(12, 12, 18, 18, 3, 3)]
    public void The_shorter_side_is_resized_and_the_middle_cut_out_with_the_odd_pixel_behind_it(int width, int height, int wide, int high, int left, int top)
    {
        const int shorter = 18, size = 12;
        byte[] pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        Raster picture = new(pixels, width, height, 3), whole = PillowResize.RowsFirst(picture, wide, high);
        CroppedTransform transform = new(shorter, size);
        byte[] expected = [.. Enumerable.Range(top, size).SelectMany(y => whole.Pixels[(((y * wide) + left) * 3)..(((y * wide) + left + size) * 3)])];
        Assert.Equal(expected, transform.Resize(picture).Pixels);

        byte[] translucent = [.. pixels.Chunk(3).SelectMany((rgb, at) => (byte[])[.. rgb, (byte)(1 + (at % 255))])]; // whose alpha is dropped first
        float[] ready = new PixelNormalization(mean, deviation).Of(transform.Apply(PngEncoder.Encode(new(translucent, width, height, 4))));
        for (int c = 0; c < 3; c++)
            for (int at = 0; at < size * size; at++)
                Assert.Equal(((expected[(at * 3) + c] / 255.0) - mean[c]) / deviation[c], ready[(c * size * size) + at], 1e-5);
    }
}
