namespace Das.Tests.Ingest;

/// <summary>NLVR2's raw files as they are published, with small pictures.</summary>
internal static class PairSources
{
    /// <summary>Writes <c>nlvr2/data/{name}.json</c> with its records for every property, and both pictures of every pair.</summary>
    public static void Lay(TemporaryFolder source, JsonElement records)
    {
        int scene = 0;
        foreach (JsonProperty file in records.EnumerateObject())
        {
            string path = source[$"nlvr2/data/{file.Name}.json"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, file.Value.EnumerateArray().Select(r => r.GetRawText()));
            foreach (JsonElement record in file.Value.EnumerateArray())
            {
                string identifier = record.String("identifier"), pair = identifier[..identifier.LastIndexOf('-')];
                string folder = record.TryGetProperty("directory", out JsonElement directory) ? $"images/train/{directory}" : pair.Split('-')[0];
                Directory.CreateDirectory(source[folder]);
                foreach (int side in new[] { 0, 1 })
                    if (!File.Exists(source[$"{folder}/{pair}-img{side}.png"]))
                        source.Write($"{folder}/{pair}-img{side}.png", ShapesBenchmark.Png(ShapesScene.At(4, scene++)));
            }
        }
    }

    /// <summary>12 training sets of one or two pairs with two sentences each, and small dev and test1 files.</summary>
    public static TemporaryFolder Small()
    {
        TemporaryFolder source = new();
        object Record(string split, int set, int pair, int sentence) => split == "train"
            ? new { identifier = $"{split}-{set}-{pair}-{sentence}", sentence = $"sentence {sentence} of {set}-{pair}", label = sentence == 0 ? "True"
                : "False", directory = set % 3 }
            : new { identifier = $"{split}-{set}-{pair}-{sentence}", sentence = $"sentence {sentence} of {set}-{pair}", label = sentence == 0 ? "True"
                : "False" };
        object[] Records(string split, int sets) =>
            [.. Enumerable.Range(0, sets).SelectMany(set => Enumerable.Range(0, 1 + set % 2)
            .SelectMany(pair => new[] { Record(split, set, pair, 0), Record(split, set, pair, 1) }))];
        Lay(source, JsonSerializer.SerializeToElement(new { train = Records("train", 12), dev = Records("dev", 3), test1 = Records("test1", 4) }));
        return source;
    }
}
