using System.Text.Json;
using Das.Benchmarks.Images;
using Das.Training.Data;

namespace Das.Bench;

/// <summary>Pictures on their way into ViLT: decoded, resized and normalised into the batch's memory, beside Pillow in the same rounds.</summary>
internal static class InputStep
{
    private const int Batch = 8;

    public static Measured Measure(MeasurementOptions options) => PictureFiles.With(options, (files, _) => Compare(files, options));

    private static Measured Compare(string[] files, MeasurementOptions options)
    {
        PixelbertTransform transform = new();
        byte[][] held = [.. files.Select(File.ReadAllBytes)];
        Raster[] ready = [.. held.Select(encoded => transform.Apply(encoded))];
        string wanted = JsonSerializer.Serialize(files.Zip(ready, (file, made) => new object[] { file, made.Width, made.Height }));
        using Peer pillow = new(["/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "pillow.py")], [wanted],
            "Pillow is missing: apt-get install python3-pil.", options.ProcessorTime);
        const string decoded = "decode", resized = "decode + resize", one = "batches, one thread", all = "batches, all threads";
        const string theirDecoded = "Pillow: decode", theirResized = "Pillow: decode + resize";
        Interleaved timed = Interleaved.Time(
        [
            pillow.On(theirDecoded, "decode"),
            new(decoded, () => Array.ForEach(held, encoded => ImageDecoder.Verify(encoded))),
            pillow.On(theirResized, "ready"),
            new(resized, () => Array.ForEach(held, encoded => transform.Apply(encoded))),
            new(one, () => Batches(1)),
            new(all, () => Batches(Environment.ProcessorCount)),
        ], options);

        Spread PerSecond(string name) => timed.Over(s => files.Length / s[name]);
        string peer = $"Pillow {pillow.Greeting}";
        return new(timed,
        [
            new($"decode, speed ÷ {peer}'s", timed.Over(s => s[theirDecoded] / s[decoded]), "×", null, null),
            new($"decode + resize, speed ÷ {peer}'s", timed.Over(s => s[theirResized] / s[resized]), "×", null, null),
            new($"batches by {Environment.ProcessorCount} threads, speed ÷ by one", timed.Over(s => s[one] / s[all]), "×", null, null),
            Figure.Rate(theirResized, PerSecond(theirResized), "images/s"),
            Figure.Rate(resized, PerSecond(resized), "images/s"),
            Figure.Rate(one, PerSecond(one), "images/s"),
            Figure.Rate(all, PerSecond(all), "images/s"),
        ]);

        void Batches(int threads)
        {
            foreach (byte[][] chunk in held.Chunk(Batch))
            {
                Lazy<Raster>?[] pictures = [.. chunk.Select(encoded => new Lazy<Raster>(() => transform.Apply(encoded)))];
                using Tensor batch = PictureBatch.Of(pictures, PixelbertTransform.Normalization, threads: threads);
            }
        }
    }
}
