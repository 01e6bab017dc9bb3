namespace Das.Tests.Benchmarks;

public sealed class PictureFormatTests
{
    [Fact]
    public void An_index_beyond_the_palette_is_black()
    {
        Assert.Equal([9, 8, 7, 0, 0, 0], ImageDecoder.DecodeRgb(MadePictures.Png(2, 1, 8, 3, _ => [0, 5], [9, 8, 7])).Pixels);
        Assert.All(ImageDecoder.DecodeRgb(MadePictures.Gif(3, 3, 5, [9, 8, 7, 6, 5, 4])).Pixels, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_GIF_lies_on_index_0_and_makes_its_screen_as_large_as_itself()
    {
        byte[] palette = [1, 2, 3, 9, 8, 7];
        Raster small = ImageDecoder.DecodeRgb(MadePictures.Gif(3, 1, 1, palette)), large = ImageDecoder.DecodeRgb(MadePictures.Gif(1, 3, 1, palette));
        Assert.Equal((3, 3, 3, 3), (small.Width, small.Height, large.Width, large.Height));
        Assert.Equal([9, 8, 7, 1, 2, 3], small.Pixels[..6]);
        Assert.All(large.Pixels.Chunk(3), pixel => Assert.Equal([9, 8, 7], pixel));
    }

    [Fact]
    public void A_PNG_without_its_palette_or_with_fewer_rows_than_it_claims_is_refused()
    {
        Assert.Contains("palette", Refuses.Data(() => ImageDecoder.DecodeRgb(MadePictures.Png(2, 1, 8, 3, _ => [0, 1]))).Message);
        Assert.Contains("ends early", Refuses.Data(() => ImageDecoder.DecodeRgb(MadePictures.Png(2, 2, 8, 0, _ => [5]))).Message);
        Assert.Contains("does not exist", Refuses.Data(() => ImageDecoder.DecodeRgb(MadePictures.Png(2, 2, 4, 2, _ => [5, 5, 5]))).Message);
    }

    [Fact]
    public void A_PNG_that_asks_for_a_dictionary_is_damaged()
    {
        byte[] file = MadePictures.Grey(2, 2);
        int zlib = file.AsSpan().IndexOf("IDAT"u8) + 4;
        (file[zlib], file[zlib + 1]) = (0x78, 0xBB); // The dictionary's bit is set, and together they are a multiple of 31, as they have to be.
        Assert.Contains("inflated", Refuses.Data(() => ImageDecoder.Verify(file)).Message);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull")]
    [InlineData("<!DOCTYPE html><html>", "PNG, GIF, BMP, TIFF and WebP are read")]
    [InlineData("P6 1 1 255 abc", "50362031")]
    public void What_is_no_picture_of_a_format_that_is_read_is_said_to_be_none(string content, string told) =>
        Assert.Contains(told, Refuses.Data(() => ImageDecoder.Open(Encoding.ASCII.GetBytes(content))).Message);

    /// <summary>The library that decompresses TIFFs takes sizes as they stand there.</summary>
    [Fact]
    public void A_TIFF_is_compared_with_its_file_before_it_is_decompressed()
    {
        Assert.Contains("directory", Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (273, 4, 1 << 30, 8)))).Message);
        Assert.Contains("ends early",
            Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (273, 4, 1, 8), (279, 4, 1, 1 << 30)))).Message);
        Assert.Contains("twice", Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (257, 4, 1, 99)))).Message);
        Assert.Contains("tiles of 60000 x 60000",
            Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (322, 4, 1, 60000), (323, 4, 1, 60000), (324, 4, 1, 8)))).Message);
        Assert.Contains("compression 34712", Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (259, 3, 1, 34712)))).Message);
        Assert.Contains("0 samples", Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (277, 3, 1, 0)))).Message);
        Assert.Contains("interpretation 8", Refuses.Data(() => ImageDecoder.Open(Tiff((256, 4, 1, 9), (257, 4, 1, 9), (262, 3, 1, 8)))).Message);
    }

    /// <summary>A little-endian directory of numbers and nothing else.</summary>
    private static byte[] Tiff(params (ushort Tag, ushort Type, int Count, int Value)[] entries)
    {
        using MemoryStream file = new();
        using BinaryWriter writer = new(file);
        writer.Write("II*\0"u8);
        writer.Write(8);
        writer.Write((ushort)entries.Length);
        foreach (var (tag, type, count, value) in entries)
        {
            writer.Write(tag);
            writer.Write(type);
            writer.Write(count);
            writer.Write(value);
        }
        writer.Write(0);
        return file.ToArray();
    }
}
