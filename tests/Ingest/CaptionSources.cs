namespace Das.Tests.Ingest;

/// <summary>Sets of captions in Karpathy's form, with small pictures.</summary>
internal static class CaptionSources
{
    public static void LayFlickr30K(TemporaryFolder source, JsonElement json) => Lay(source, json, "karpathy/dataset_flickr30k.json", "flickr30k-images");

    /// <summary>Writes the JSON file, and a picture for every image that it lists.</summary>
    public static void Lay(TemporaryFolder source, JsonElement json, string file, string images)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(source[file])!);
        Directory.CreateDirectory(source[images]);
        source.Write(file, json.GetRawText());
        int scene = 0;
        foreach (JsonElement image in json.Items("images"))
            source.Write($"{images}/{image.GetProperty("filename")}", ShapesBenchmark.Png(ShapesScene.At(3, scene++)));
    }

    /// <summary>Images named <c>{split}{number}.jpg</c> with two captions each, and a third that repeats the first.</summary>
    public static JsonElement Json(params (string Split, int Count)[] splits) => JsonSerializer.SerializeToElement(new
    {
        images = splits.SelectMany(s => Enumerable.Range(0, s.Count).Select(i => new
        {
            filename = $"{s.Split}{i}.jpg", split = s.Split, sentences = new[] { 0, 1, 0 }.Select(c => new { raw = $"caption {c} of {s.Split} {i}" }),
        })),
    });
}
