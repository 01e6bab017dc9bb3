namespace Das.Tests.Parity;

/// <summary>The evaluation transforms of ViLT and METER, step by step: decoded pixels, resized pixels, tensors, batches.</summary>
internal static class ImageParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        RawTensors expected = recorded.Raw("expected");
        string[] files = json.Texts("images");

        foreach (string file in files) Decoded(recorded.Folder, file);
        foreach (string transform in new[] { "vilt", "meter" })
            foreach (int size in json.Ints("sizes"))
                foreach (string file in files)
                {
                    string name = $"{transform}/{size}/{file}";
                    if (json.GetProperty("errors").TryGetProperty(name, out _))
                        Refuses.Data(() => Resize(transform, size, Encoded(recorded.Folder, file)));
                    else Transformed(recorded.Folder, transform, size, file, expected);
                }
        foreach (JsonProperty large in json.EnumerateObject().Where(p => p.Name.StartsWith("shapes_at_"))
            .SelectMany(shapes => shapes.Value.EnumerateObject()))
        {
            string[] parts = large.Name.Split('/');
            Raster image = Transformed(recorded.Folder, parts[0], int.Parse(parts[1]), parts[2], expected);
            Assert.Equal(large.Value.Ints(), (int[])[3, image.Height, image.Width]);
        }
        Collated(recorded.Folder, json, expected);
    }

    private static byte[] Encoded(string folder, string file) => File.ReadAllBytes(Path.Combine(folder, "images", file));

    private static Raster Resize(string transform, int size, byte[] encoded) => transform == "vilt"
        ? new PixelbertTransform(size).Resize(ImageDecoder.DecodeRgb(encoded))
        : new ClipTransform(size).Resize(ImageDecoder.DecodeRgba(encoded));

    private static float[] Normalize(string transform, Raster image) =>
        (transform == "vilt" ? PixelbertTransform.Normalization : ClipTransform.Normalization).Of(image);

    private static void Decoded(string folder, string file)
    {
        foreach (string form in new[] { "rgb", "rgba" })
        {
            string recorded = Path.Combine(folder, "decoded", $"{Path.GetFileNameWithoutExtension(file)}.{form}.png");
            if (!File.Exists(recorded)) continue;
            byte[] ours = Decode(Encoded(folder, file), form), theirs = Decode(File.ReadAllBytes(recorded), form);
            Assert.Equal(theirs.Length, ours.Length);
            int largest = ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(largest <= (IsJpeg(file) ? 2 : 0), $"decoded/{file}: a pixel differs by {largest} levels.");
        }
    }

    private static byte[] Decode(byte[] encoded, string form) => (form == "rgb" ? ImageDecoder.DecodeRgb(encoded) : ImageDecoder.DecodeRgba(encoded)).Pixels;

    private static bool IsJpeg(string file) => file.EndsWith(".jpg");

    private static Raster Transformed(string folder, string transform, int size, string file, RawTensors expected)
    {
        string name = $"{transform}/{size}/{file}", stem = Path.GetFileNameWithoutExtension(file);
        Raster resized = ImageDecoder.DecodeRgb(File.ReadAllBytes(Path.Combine(folder, "resized", $"{stem}.{transform}_{size}.png")));
        Raster ready = Resize(transform, size, Encoded(folder, file));
        Assert.Equal((resized.Height, resized.Width), (ready.Height, ready.Width));
        float[] theirs = Normalize(transform, resized), ours = Normalize(transform, ready);

        if (IsJpeg(file))
        {
            Raster decoded = ImageDecoder.DecodeRgb(File.ReadAllBytes(Path.Combine(folder, "decoded", $"{stem}.rgb.png")));
            Raster fromDecoded = transform == "vilt" ? new PixelbertTransform(size).Resize(decoded) : new ClipTransform(size).Resize(decoded);
            Assert.True(resized.Pixels.AsSpan().SequenceEqual(fromDecoded.Pixels), $"{name}: resized from the recorded decoded pixels.");
            float[] apart = [.. ours.Zip(theirs, (a, b) => Math.Abs(a - b))];
            Assert.True(apart.Max() <= (transform == "vilt" ? 0.05 : 0.08) && apart.Average() < 0.005,
                $"{name}: {apart.Max()} at most, {apart.Average()} on average.");
        }
        else Assert.True(ours.AsSpan().SequenceEqual(theirs), $"{name}: resized pixels differ.");

        if (expected.Has(name)) Close(name, expected.Floats(name), ours);
        return ready;
    }

    private static void Collated(string folder, JsonElement json, RawTensors expected)
    {
        string maskName = expected.Names.Single(name => Regex.IsMatch(name, @"^collate/patch\d+_mask$"));
        int[] shape = expected.Shape("collate/image"), mask = expected.Shape(maskName);
        int size = json.GetProperty("sizes")[0].GetInt32();
        PixelbertTransform transform = new(size);
        Raster[] images = [.. json.Items("collate_images").Select(f => transform.Apply(Encoded(folder, f.GetString()!)))];
        using Tensor batch = PictureBatch.Of([.. images.Select(image => new Lazy<Raster>(image))], PixelbertTransform.Normalization,
            Collation.Extent([.. images, .. images[1..], images[0]]));
        Assert.Equal(shape, batch.shape.Select(extent => (int)extent));
        bool jpeg = json.Items("collate_images").Any(f => IsJpeg(f.GetString()!));
        Close("collate/image", expected.Floats("collate/image"), [.. batch.data<float>()], jpeg ? 0.05f : 1e-5f);
        Assert.Equal(expected.Longs(maskName), TopLeftPixels(batch, shape[2] / mask[2]));

        long[][] Rows(string list, string key) => [.. json.Items(list).Select(e => e.Longs(key))];
        int width = Rows("text_encodings", "input_ids").Concat(Rows("false_text_encodings", "input_ids")).Max(r => r.Length);
        foreach ((string list, string name) in new[] { ("text_encodings", "text"), ("false_text_encodings", "false_text_0") })
        {
            Assert.Equal(expected.Longs($"collate/{name}_ids"), Collation.Pad(Rows(list, "input_ids"), width));
            Assert.Equal(expected.Longs($"collate/{name}_masks"), Collation.Pad(Rows(list, "attention_mask"), width));
            Assert.All(expected.Longs($"collate/{name}_labels"), label => Assert.Equal(-100, label)); // Without an MLM collator nothing is to be predicted.
        }
    }

    /// <summary>1 where the channels of a patch's top-left pixel do not add up to zero: what the network takes for "no padding".</summary>
    private static IEnumerable<long> TopLeftPixels(Tensor batch, int patch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor corners = batch.sum(1)[TensorIndex.Colon, TensorIndex.Slice(step: patch), TensorIndex.Slice(step: patch)];
        return corners.ne(0).to(ScalarType.Int64).contiguous().data<long>().ToArray();
    }

    private static void Close(string name, float[] expected, float[] actual, float tolerance = 1e-5f)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(largest <= tolerance, $"{name}: {largest} apart.");
    }
}
