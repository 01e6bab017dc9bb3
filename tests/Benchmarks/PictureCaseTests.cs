using System.Security.Cryptography;

namespace Das.Tests.Benchmarks;

/// <summary>Odd pictures with the values that Pillow 13 gives for them, or that it refuses them: <c>expected.json</c> says how they are compared.</summary>
public sealed class PictureCaseTests
{
    private static string Folder { get; } = new[] { "../shared/cases/07-images", "tests/fixtures/cases/07-images" }
        .Select(folder => Path.GetFullPath(Path.Combine(Repository.Root, folder))).First(Directory.Exists);

    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "expected.json"))).RootElement;

    public static TheoryData<string> Pictures => [.. Expected.GetProperty("pictures").EnumerateObject().Select(picture => picture.Name)];

    public static TheoryData<string> Resized => [.. Expected.GetProperty("resize").EnumerateObject().Select(picture => picture.Name)];

    /// <summary>Those that give pixels and are small.</summary>
    public static TheoryData<string> Readable => [.. Expected.GetProperty("pictures").EnumerateObject()
        .Where(picture => picture.Value.TryGetProperty("rgb_sha256", out _) && !picture.Value.TryGetProperty("may_refuse", out _))
        .Select(picture => picture.Name)];

    private static readonly byte[] EndMarker = [0xFF, 0xD9];

    private static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static bool IsJpeg(byte[] file) => file is [0xFF, 0xD8, ..];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_has_the_pixels_that_Pillow_gives_or_is_refused_with_a_sentence(string name)
    {
        JsonElement expected = Expected.GetProperty("pictures").GetProperty(name);
        Raster picture;
        try
        {
            picture = ImageDecoder.DecodeRgb(Bytes(name));
        }
        catch (DasException refused)
        {
            Assert.True(expected.TryGetProperty("refused", out _) || expected.TryGetProperty("may_refuse", out _), refused.Message);
            Assert.Equal(ErrorKind.Data, refused.Kind);
            return;
        }
        Assert.False(expected.TryGetProperty("refused", out _), "it should be refused");
        Assert.Equal(expected.GetProperty("size").EnumerateArray().Select(side => side.GetInt32()), [picture.Width, picture.Height]);
        if (Sha256(picture.Pixels) == expected.GetProperty("rgb_sha256").GetString()) return;

        int[] apart = [.. expected.GetProperty("pixels").EnumerateArray().Select(pixel => Enumerable.Range(0, 3)
            .Max(c => Math.Abs(picture.Pixels[(pixel[1].GetInt32() * picture.Width + pixel[0].GetInt32()) * 3 + c] - pixel[2 + c].GetInt32())))];
        Assert.True(expected.GetProperty("tolerance").GetInt32() == 2, $"the pixels differ, by {apart.Max()} in those listed");
        Assert.True(apart.Max() <= 3 && apart.Count(levels => levels > 2) <= 1, $"a listed pixel differs by {apart.Max()} levels");
        double[] mean = [.. Enumerable.Range(0, 3).Select(c => picture.Pixels.Where((_, i) => i % 3 == c).Average(value => (double)value))];
        Assert.All(mean.Zip(expected.GetProperty("mean_rgb").EnumerateArray()), pair => Assert.InRange(pair.First - pair.Second.GetDouble(), -1, 1));
    }

    [Theory]
    [MemberData(nameof(Resized))]
    public void A_resized_picture_is_Pillows_to_the_bit(string name)
    {
        Raster picture = ImageDecoder.DecodeRgb(Bytes(name));
        Assert.All(Expected.GetProperty("resize").GetProperty(name).EnumerateArray(), expected =>
        {
            JsonElement size = expected.GetProperty("size");
            Assert.Equal(expected.GetProperty("rgb_sha256").GetString(), Sha256(PillowResize.Bicubic(picture, size[0].GetInt32(), size[1].GetInt32()).Pixels));
        });
    }

    /// <summary>Only the file's own end marker counts: a preview in a JPEG's header has one, too.</summary>
    [Theory]
    [MemberData(nameof(Readable))]
    public void A_JPEG_that_was_cut_anywhere_is_refused(string name)
    {
        byte[] whole = Bytes(name);
        if (!IsJpeg(whole)) return;
        ImageDecoder.Verify(whole);
        int end = whole.AsSpan().LastIndexOf(EndMarker);
        if (name.Contains("trailing", StringComparison.Ordinal)) end = whole.AsSpan().IndexOf(EndMarker);
        for (int length = 0; length <= end + 1; length += length > end - 20 ? 1 : 13) Refuses.Data(() => ImageDecoder.Verify(whole.AsMemory(0, length)));
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_picture_that_is_made_ready_while_it_is_decoded_is_that_of_its_pixels(string name)
    {
        byte[] file = Bytes(name);
        Raster rgb = ImageDecoder.DecodeRgb(file);
        Assert.Equal(new SquareTransform(40).Resize(SquareTransform.Square(rgb)).Pixels, new SquareTransform(40).Apply(file).Pixels);
        Assert.Equal(new StretchTransform(40).Resize(rgb).Pixels, new StretchTransform(40).Apply(file).Pixels);
        Assert.Equal(new ClipTransform(40).Resize(ImageDecoder.DecodeRgba(file)).Pixels, new ClipTransform(40).Apply(file).Pixels);
        if (Math.Max(rgb.Width, rgb.Height) < 2 * Math.Min(rgb.Width, rgb.Height))
            Assert.Equal(new PixelbertTransform(64).Resize(rgb).Pixels, new PixelbertTransform(64).Apply(file).Pixels);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_damaged_picture_of_any_format_is_decoded_or_refused_but_nothing_else(string name)
    {
        byte[] whole = Bytes(name);
        SplitMix64 random = new(11);
        for (int round = 0; round < 30; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++) damaged[random.Below(round % 2 == 0 ? damaged.Length : Math.Min(damaged.Length, 160))] = (byte)random.Below(256);
            if (round % 5 == 4) damaged = damaged[..random.Below(damaged.Length)];
            Exception? thrown = Record.Exception(() => ImageDecoder.DecodeRgba(damaged));
            Assert.True(thrown is null or DasException, $"round {round}: {thrown}");
        }
    }
}
