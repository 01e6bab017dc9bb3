using SkiaSharp;

namespace Das.Tests.Benchmarks;

public sealed class ImageTests
{
    private static readonly ShapesScene Scene = ShapesScene.At(1, 1);
    private static readonly byte[] Png = ShapesBenchmark.Png(Scene);

    internal static byte[] Jpeg(int side = 96)
    {
        using SKBitmap bitmap = new(side, side);
        SplitMix64 random = new(5);
        for (int i = 0; i < side * side; i++) bitmap.SetPixel(i % side, i / side, new((byte)random.Below(256), (byte)(i % 251), (byte)(i % 13)));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    [Fact]
    public void A_png_comes_back_pixel_by_pixel() => Assert.Equal(Scene.Pixels, ImageDecoder.DecodeRgb(Png).Pixels);

    /// <summary>The last 24 bytes of a PNG hold checksums and its end, but no pixel.</summary>
    [Fact]
    public void A_picture_that_ends_early_is_refused_wherever_it_was_cut()
    {
        foreach (byte[] whole in new[] { Png, Jpeg() })
            for (int length = 0; length < whole.Length - 24; length += 1 + whole.Length / 40)
                Assert.False(string.IsNullOrEmpty(Refuses.Data(() => ImageDecoder.DecodeRgb(whole.AsSpan(0, length))).Message));
    }

    [Fact]
    public void Text_is_no_picture() => Refuses.Data("not an image", () => ImageDecoder.DecodeRgb("<html>404</html>"u8));

    [Fact]
    public void A_small_file_that_claims_gigapixels_is_refused_before_memory_is_taken()
    {
        byte[] bomb = [.. Png];
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(29), MadePictures.Crc(bomb.AsSpan(12, 17)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refuses.Data("60000 x 60000", () => ImageDecoder.DecodeRgb(bomb));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Damaged_pictures_are_decoded_or_refused_but_never_anything_else()
    {
        foreach (byte[] whole in new[] { Png, Jpeg() }) DamagedBytes.AreReadOrRefused(whole, 3, 300, damaged => ImageDecoder.DecodeRgb(damaged), changed: 4);
    }

    [Theory]
    [InlineData(640, 480, 512, 384)]
    [InlineData(480, 640, 384, 512)]
    [InlineData(2000, 500, 608, 160)]
    [InlineData(1000, 240, 608, 128)]
    [InlineData(384, 384, 384, 384)]
    [InlineData(2000, 500, 416, 96, 256)] // 1024 x 256, longer than 426.56 cut to 426: 426 x 106.5, rounded and floored
    [InlineData(640, 400, 160, 96, 100)]
    [InlineData(300, 100, 160, 32, 100)] // 166 x 55.3
    public void Vilt_sizes_are_multiples_of_32_and_at_most_1333_800ths_of_the_shorter_side(int width, int height, int newWidth, int newHeight,
        int shorter = 384)
    {
        Raster resized = new PixelbertTransform(shorter).Resize(new(new byte[width * height * 3], width, height, 3));
        Assert.Equal((newWidth, newHeight), (resized.Width, resized.Height));
    }

    [Theory]
    [InlineData(13, 2)] // 1.5 rounds to the even number
    [InlineData(11, 0)] // 0.5 as well
    [InlineData(14, 2)]
    public void A_centre_is_cut_from_half_the_rest_on_rounded_to_even(int width, int first)
    {
        Raster columns = new([.. Enumerable.Range(0, 10 * width * 3).Select(i => (byte)(i / 3 % width))], width, 10, 3);
        Assert.Equal(first, new ClipTransform(10).Resize(columns).Pixels[0]);
    }

    [Fact]
    public void Each_family_normalizes_with_its_own_mean_and_deviation()
    {
        Raster pixel = new([51, 102, 204], 1, 1, 3); // 0.2, 0.4, 0.8 of 255
        double[] clip = [(0.2 - 0.48145466) / 0.26862954, (0.4 - 0.4578275) / 0.26130258, (0.8 - 0.40821073) / 0.27577711];
        foreach ((PixelNormalization normalization, double[] expected) in ((PixelNormalization, double[])[])
            [(PixelbertTransform.Normalization, [-0.6, -0.2, 0.6]), (ClipTransform.Normalization, clip), (SquareTransform.Normalization, clip),
            (StretchTransform.Normalization, [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (0.8 - 0.406) / 0.225])])
            Assert.All(expected.Zip(normalization.Of(pixel)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void A_flat_picture_stays_flat_when_resized()
    {
        byte[] flat = new byte[97 * 65 * 3];
        flat.AsSpan().Fill(201);
        Assert.All(PillowResize.Bicubic(new(flat, 97, 65, 3), 64, 32).Pixels, p => Assert.Equal(201, p));
        Assert.All(PillowResize.Bicubic(new(flat, 97, 65, 3), 300, 200).Pixels, p => Assert.Equal(201, p));
    }
}
