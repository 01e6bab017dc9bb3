using Das.Benchmarks.Catalog;
using Das.Benchmarks.Catalog.Shapes;

namespace Das.Bench;

/// <summary>The pictures that are measured with: those of a folder, or generated scenes.</summary>
internal static class PictureFiles
{
    private const int MostPictures = 500;

    /// <summary>Measures with the pictures and a folder of its own, which is deleted afterwards.</summary>
    public static Measured With(MeasurementOptions options, Func<string[], string, Measured> measure)
    {
        string folder = Directory.CreateTempSubdirectory("das-bench-").FullName;
        try
        {
            return measure(options.Images is null ? Generate(folder) : Found(options.Images), folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Generate(string folder) => [.. Enumerable.Range(0, MostPictures).Select(i =>
    {
        string file = Path.Combine(folder, $"{i}.png");
        File.WriteAllBytes(file, ShapesBenchmark.Png(ShapesScene.At(0, i)));
        return file;
    })];

    private static string[] Found(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--images is '{folder}', but there is no such folder.");
        string[] files = [.. Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png")
            .Order(StringComparer.Ordinal).Take(MostPictures)];
        return files.Length > 0 ? files : throw new FileNotFoundException($"--images is '{folder}', but no .jpg, .jpeg or .png lies in it.");
    }
}
