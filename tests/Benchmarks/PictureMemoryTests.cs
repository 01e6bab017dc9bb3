using Das.Benchmarks.Images.Formats;
using SkiaSharp;

namespace Das.Tests.Benchmarks;

/// <summary>What decoding takes is bounded by a picture's width and by what becomes of it, not by what a header claims.</summary>
public sealed class PictureMemoryTests
{
    private const long MiB = 1 << 20;

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void A_large_picture_is_verified_and_made_ready_in_the_memory_of_a_small_one()
    {
        byte[] large = MadePictures.Grey(8192, 8192);
        Assert.InRange(large.Length, 0, MiB);
        Assert.InRange(Allocated(() => Assert.Equal((8192, 8192), ImageDecoder.Verify(large))), 0, MiB);
        Assert.InRange(Allocated(() => new PixelbertTransform().Apply(large)), 0, 8 * MiB);

        byte[] half = MadePictures.Grey(8192, 1024);
        Assert.InRange(Allocated(() => new ClipTransform(384).Apply(half)), 0, 8 * MiB);
        Assert.InRange(Allocated(() => new SquareTransform().Apply(half)), 0, 8 * MiB);
        Assert.InRange(Allocated(() => new StretchTransform().Apply(half)), 0, 8 * MiB);
    }

    [Fact]
    public void Of_a_long_picture_METER_computes_no_more_than_its_crop()
    {
        byte[] narrow = MadePictures.Png(1, 808, 8, 2, y => [(byte)(y * 7), (byte)(y * y), (byte)(200 - y)]);
        Assert.InRange(Allocated(() => new ClipTransform(384).Apply(narrow)), 0, 8 * MiB);

        Raster whole = PillowResize.RowsFirst(ImageDecoder.DecodeRgb(narrow), 32, 32 * 808);
        const int top = (32 * 808 - 32) / 2;
        Raster crop = new(whole.Pixels[(top * 32 * 3)..((top + 32) * 32 * 3)], 32, 32, 3);
        Assert.Equal(ClipTransform.Normalization.Of(crop), ClipTransform.Normalization.Of(new ClipTransform(32).Apply(narrow)));
    }

    [Theory]
    [InlineData(178_956_971, 1, "more than 178956970")]
    [InlineData(13_378, 13_378, "more than 178956970")]
    [InlineData(1_048_577, 1, "more than 1048576 in a row")]
    [InlineData(1, 1_048_577, "more than 1048576 in a row")]
    [InlineData(0, 9, "0 x 9")]
    public void A_header_that_claims_too_much_is_refused_before_anything_is_decoded(int width, int height, string why)
    {
        byte[] file = MadePictures.Png(width, height, 8, 0, _ => []);
        Assert.InRange(Allocated(() => Assert.Contains(why, Refuses.Data(() => ImageDecoder.Open(file)).Message)), 0, MiB / 4);
    }

    [Fact]
    public void What_has_to_be_in_memory_as_a_whole_has_a_bound_of_its_own()
    {
        byte[] large = MadePictures.Png(8192, 8193, 8, 0, _ => []);
        Assert.Contains("67108864", Refuses.Data(() => ImageDecoder.DecodeRgb(large)).Message);
        Assert.Contains("augmented", Refuses.Data(() => new PixelbertTransform().Apply(large, image => image)).Message);

        byte[] scans = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "fixtures", "cases", "07-images", "jpg_progressive_57x28.jpg"));
        int frame = scans.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]);
        BinaryPrimitives.WriteUInt16BigEndian(scans.AsSpan(frame + 5), 9000);
        BinaryPrimitives.WriteUInt16BigEndian(scans.AsSpan(frame + 7), 9000);
        Assert.Contains("several scans", Refuses.Data(() => ImageDecoder.Open(scans)).Message);
    }

    [Fact]
    public async Task Pictures_held_as_a_whole_wait_for_each_other_where_together_they_take_too_much()
    {
        const int half = (int)(PictureMemory.Most / 4 / 1024 * 3 / 4);
        PictureMemory first = PictureMemory.Take(1024, half, 4);
        using (PictureMemory.Take(1024, half, 4)) { } // Whoever holds a share never waits for itself.
        Task second = Task.Factory.StartNew(() => PictureMemory.Take(1024, half, 4).Dispose(), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Delay(200, Token);
        Assert.False(second.IsCompleted);
        first.Dispose();
        first.Dispose();
        await second.WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    [Fact]
    public void Opening_a_picture_reads_its_header_alone()
    {
        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            byte[] file = MadePictures.Noise(640, 480, format);
            Assert.InRange(Allocated(() =>
            {
                using PictureRows rows = ImageDecoder.Open(file);
                Assert.Equal((640, 480), (rows.Width, rows.Height));
            }), 0, MiB / 8);
        }
    }
}
