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

    [Fact]
    public void A_picture_that_ends_early_is_refused_wherever_it_was_cut()
    {
        foreach (byte[] whole in new[] { Png, Jpeg() })
            for (int length = 0; length < whole.Length - 16; length += 1 + whole.Length / 40)
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
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(29), Crc(bomb.AsSpan(12, 17)));
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
    public void Vilt_sizes_are_multiples_of_32_and_at_most_608(int width, int height, int newWidth, int newHeight)
    {
        Raster resized = new PixelbertTransform().Resize(new(new byte[width * height * 3], width, height, 3));
        Assert.Equal((newWidth, newHeight), (resized.Width, resized.Height));
    }

    [Fact]
    public void A_flat_picture_stays_flat_when_resized()
    {
        byte[] flat = new byte[97 * 65 * 3];
        flat.AsSpan().Fill(201);
        Assert.All(PillowResize.Bicubic(new(flat, 97, 65, 3), 64, 32).Pixels, p => Assert.Equal(201, p));
        Assert.All(PillowResize.Bicubic(new(flat, 97, 65, 3), 300, 200).Pixels, p => Assert.Equal(201, p));
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
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
