
namespace Das.Tests.Benchmarks;

/// <summary>Expected values are worked out by hand from Pillow's definitions (method §9.2).</summary>
public sealed class RandAugmentTests
{
    /// <summary>One row of grey pixels.</summary>
    private static Raster Row(params byte[] values) => Grid(values.Length, values);

    private static Raster Grid(int width, params byte[] values) => new([.. values.SelectMany(v => new[] { v, v, v })], width, values.Length / width, 3);

    private static byte[] Values(Raster image) => [.. image.Pixels.Where((_, i) => i % 3 == 0)];

    private static Raster Noise(int width, int height)
    {
        SplitMix64 random = new(8);
        return new([.. Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Below(256))], width, height, 3);
    }

    [Fact]
    public void Contrast_is_stretched_in_each_channel_by_itself()
    {
        Raster image = new([10, 0, 7, 60, 255, 7, 110, 100, 7], 3, 1, 3);
        Assert.Equal([0, 0, 7, 127, 255, 7, 255, 100, 7], Tones.AutoContrast(image).Pixels); // 50 * 2.55 = 127.5; a flat channel stays.
    }

    [Fact]
    public void Equalized_values_occur_equally_often()
    {
        byte[] values = [.. Enumerable.Repeat((byte)10, 255), .. Enumerable.Repeat((byte)20, 255), .. Enumerable.Repeat((byte)30, 100)];
        // A step of 510 / 255 = 2: 1 / 2, (1 + 255) / 2, (1 + 510) / 2.
        Assert.Equal([0, 128, 255], Values(Tones.Equalize(Row(values))).Distinct().Select(v => (int)v));
    }

    [Fact]
    public void Few_pixels_and_flat_channels_are_not_equalized()
    {
        Assert.Equal([1, 2, 3], Values(Tones.Equalize(Row(1, 2, 3)))); // 2 / 255 = 0: no step.
        Assert.Equal(Enumerable.Repeat((byte)9, 600), Values(Tones.Equalize(Row([.. Enumerable.Repeat((byte)9, 600)]))));
    }

    [Fact]
    public void Values_are_posterized_and_solarized()
    {
        Assert.Equal([0, 0, 128, 128], Values(Tones.Posterize(Row(0, 127, 128, 255), 1)));
        Assert.Equal([0, 64, 64, 192], Values(Tones.Posterize(Row(63, 64, 127, 255), 2)));
        Assert.Equal([0, 76, 178, 0], Values(Tones.Solarize(Row(0, 76, 77, 255), 76.8)));
        Assert.Equal([33, 127, 127, 0, 0], Values(Tones.SolarizeAdd(Row(0, 94, 95, 222, 255), 33))); // 95 + 33 = 128, inverted 127.
    }

    [Fact]
    public void Greys_are_rounded_luma()
    {
        Assert.Equal([76, 150, 29, 255, 0], Enhancement.Greys(new([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0], 5, 1, 3)));
        Assert.All(Enumerable.Range(0, 256), v => Assert.Equal(v, Enhancement.Greys(Row((byte)v))[0]));
    }

    [Fact]
    public void Blends_are_truncated_and_cut()
    {
        Assert.Equal([64, 128, 63], Values(Enhancement.Brightness(Row(100, 200, 99), 0.64f))); // 63.36 for the last; 64 and 128 exactly.
        Assert.Equal([190, 255], Values(Enhancement.Brightness(Row(100, 200), 1.9f)));
        Assert.Equal([130, 70], Values(Enhancement.Contrast(Row(150, 50), 0.6f))); // Mean 100.
        Assert.Equal([0, 201], Values(Enhancement.Contrast(Row(0, 201), 1f)));
        Assert.Equal([100, 100, 101], Enhancement.Color(new([100, 100, 103], 1, 1, 3), 0.64f).Pixels); // Grey 100, then 100 + 0.64 * 3.
        Raster image = Noise(5, 4);
        Assert.Same(image, Enhancement.Sharpness(image, 1));
    }

    [Fact]
    public void A_pixel_is_smoothed_by_its_neighbours_and_the_border_stays()
    {
        Raster image = Grid(4, 1, 2, 3, 4, 5, 90, 7, 8, 9, 10, 11, 12);
        // (5 * 90 + 1 + 2 + 3 + 5 + 7 + 9 + 10 + 11) / 13 = 38.3; (5 * 7 + 2 + 3 + 4 + 90 + 8 + 10 + 11 + 12) / 13 = 13.46
        Assert.Equal([1, 2, 3, 4, 5, 38, 13, 8, 9, 10, 11, 12], Values(Smoothing.Of(image)));
        Assert.Equal([5, 71], Values(Enhancement.Sharpness(image, 0.64f))[4..6]); // 38 + 0.64 * 52 = 71.28
        Raster thin = Noise(2, 9);
        Assert.Equal(thin.Pixels, Smoothing.Of(thin).Pixels);
    }

    [Fact]
    public void What_is_moved_in_is_black()
    {
        Raster image = Grid(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Assert.Equal([2, 3, 0, 5, 6, 0, 8, 9, 0], Values(Affine.TranslateX(image, 1)));
        Assert.Equal([0, 1, 2, 0, 4, 5, 0, 7, 8], Values(Affine.TranslateX(image, -1)));
        Assert.Equal([4, 5, 6, 7, 8, 9, 0, 0, 0], Values(Affine.TranslateY(image, 1)));
        Assert.Equal([1, 2, 3, 5, 6, 0, 9, 0, 0], Values(Affine.ShearX(image, 0.99))); // Row y moves by 0.99 (y + 0.5), to whole pixels: 0, 1, 2.
        Assert.Equal(new byte[9], Values(Affine.TranslateX(image, 30)));
    }

    [Fact]
    public void Rotation_turns_counter_clockwise_around_the_centre()
    {
        Raster image = Grid(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Assert.Equal([3, 6, 9, 2, 5, 8, 1, 4, 7], Values(Affine.Rotate(image, 90)));
        Assert.Equal([7, 4, 1, 8, 5, 2, 9, 6, 3], Values(Affine.Rotate(image, -90)));
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2, 1], Values(Affine.Rotate(image, 180)));
        Raster noise = Noise(40, 30);
        Assert.Equal(noise.Pixels, Affine.Rotate(noise, 0).Pixels);
        Raster turned = Affine.Rotate(noise, 9);
        Assert.Equal([0, 0, 0], turned.Pixels.Take(3)); // The corner comes from outside.
        int centre = (15 * 40 + 20) * 3;
        Assert.Equal(noise.Pixels[centre..(centre + 3)], turned.Pixels[centre..(centre + 3)]);
    }

    [Fact]
    public void Every_operation_can_be_drawn_keeps_the_size_and_is_a_function_of_its_draws()
    {
        Raster image = Noise(64, 48);
        Assert.Equal(14, RandAugment.Names.Count);
        for (int operation = 0; operation < RandAugment.Names.Count; operation++)
            foreach (int sign in new[] { 0, 1 })
            {
                Raster once = RandAugment.Draw(below => below == 14 ? operation : sign)(image),
                    again = RandAugment.Draw(below => below == 14 ? operation : sign)(image);
                Assert.Equal((64, 48, 3), (once.Width, once.Height, once.Channels));
                Assert.Equal(once.Pixels, again.Pixels);
                if (RandAugment.Names[operation] is not "AutoContrast")
                    Assert.False(once.Pixels.AsSpan().SequenceEqual(image.Pixels), RandAugment.Names[operation]);
            }
    }

    [Fact]
    public void Magnitudes_are_nine_of_thirty_of_the_published_ranges()
    {
        Raster image = Noise(64, 48);
        Raster Only(string name, int sign = 0)
        {
            int drawn = 0;
            return RandAugment.Draw(below => below == 14
                ? (drawn++ == 0 ? RandAugment.Names.ToList().IndexOf(name) : RandAugment.Names.ToList().IndexOf("Posterize")) : sign)(image);
        }
        (string Name, Func<double, Raster> At)[] operations =
        [
            ("AutoContrast", _ => Tones.AutoContrast(image)), ("Equalize", _ => Tones.Equalize(image)), ("Rotate", sign => Affine.Rotate(image, sign * 9)),
            ("Posterize", _ => Tones.Posterize(image, 1)), ("Solarize", _ => Tones.Solarize(image, 76.8)), ("SolarizeAdd", _ => Tones.SolarizeAdd(image, 33)),
            ("Color", _ => Enhancement.Color(image, 0.64f)), ("Contrast", _ => Enhancement.Contrast(image, 0.64f)),
            ("Brightness", _ => Enhancement.Brightness(image, 0.64f)), ("Sharpness", _ => Enhancement.Sharpness(image, 0.64f)),
            ("ShearX", sign => Affine.ShearX(image, sign * 0.09)), ("ShearY", sign => Affine.ShearY(image, sign * 0.09)),
            ("TranslateXabs", sign => Affine.TranslateX(image, sign * 30)), ("TranslateYabs", sign => Affine.TranslateY(image, sign * 30)),
        ];
        Assert.Equal(RandAugment.Names, operations.Select(o => o.Name));
        foreach ((string name, Func<double, Raster> at) in operations)
            foreach (int sign in new[] { 0, 1 }) // The second operation: one bit of each value, int(1.2).
                Assert.Equal(Tones.Posterize(at(sign == 1 ? -1 : 1), 1).Pixels, Only(name, sign).Pixels);
    }

    [Fact]
    public void Transforms_augment_the_whole_rgb_picture_before_they_resize_it()
    {
        byte[] png = PngEncoder.Encode(Noise(200, 100));
        List<(int, int, int)> seen = [];
        Raster See(Raster image)
        {
            seen.Add((image.Width, image.Height, image.Channels));
            return image;
        }
        Assert.Equal(new PixelbertTransform(64).Apply(png).Pixels, new PixelbertTransform(64).Apply(png, See).Pixels);
        Assert.Equal(ClipTransform.Normalization.Of(new ClipTransform(64).Apply(png)), ClipTransform.Normalization.Of(new ClipTransform(64).Apply(png, See)));
        Assert.Equal([(200, 100, 3), (200, 100, 3)], seen);
        Raster black = new PixelbertTransform(64).Apply(png, image => Enhancement.Brightness(image, 0));
        Assert.All(PixelbertTransform.Normalization.Of(black), v => Assert.Equal(-1, v));
    }
}
