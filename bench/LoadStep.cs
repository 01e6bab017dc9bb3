using Das.Models.Checkpoints;

namespace Das.Bench;

/// <summary>What it takes to build full-size METER from a checkpoint of random values, searched and finished without four layers.</summary>
internal static class LoadStep
{
    private const int PretrainedSide = 288;
    private static readonly SkipMask four = SkipMask.Of(1, 3, 7, 9);

    /// <exception cref="IOException">The system does not tell a process's peak memory.</exception>
    public static Measured Measure(MeasurementOptions options)
    {
        MemoryUse.ThrowIfUnknown();
        string folder = Directory.CreateTempSubdirectory("das-bench-").FullName;
        try
        {
            string file = Path.Combine(folder, "meter.safetensors");
            Write(file);
            return Compare(file, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measured Compare(string file, MeasurementOptions options)
    {
        const string read = "read", searched = "searched", finished = "finished";
        double size = new FileInfo(file).Length;
        Dictionary<string, List<double>> peaks = new() { [searched] = [], [finished] = [] };
        Contender Load(string name, SkipMask? removed) => new(name, () => peaks[name].Add(MemoryUse.Of(() => Build(file, removed).Dispose()).Added / size));
        Interleaved timed = Interleaved.Time([new(read, () => Read(file)), Load(searched, null), Load(finished, four)], options);

        Spread PerSecond(string name) => timed.Over(s => size / s[name] / (1 << 20));
        Figure Peak(string what, string name) => new($"peak memory, {what}, ÷ file of {size / (1 << 20):0} MiB", Spread.Of(peaks[name]), "×", null, null);
        return new(timed,
        [
            Peak("searched model", searched), Peak($"model finished without {four}", finished),
            new("build and load, searched model ÷ read of the file's bytes", timed.Over(s => s[searched] / s[read]), "×", null, null),
            new($"build and load, finished without {four} ÷ read of the file's bytes", timed.Over(s => s[finished] / s[read]), "×", null, null),
            Figure.Rate("build and load, searched model", PerSecond(searched), "MiB/s"),
            Figure.Rate("read of the file's bytes out of the system's cache", PerSecond(read), "MiB/s"),
        ]);
    }

    /// <summary>As pretraining leaves it: no adapters, no head but its own.</summary>
    private static void Write(string file)
    {
        manual_seed(0);
        using Meter model = new(FullSizeMeter.Config with { ImageSize = PretrainedSide }, new(Itm: true, Mlm: true));
        SafetensorsWriter.Write(file, model.state_dict().Where(s => !s.Key.Contains("adapter", StringComparison.Ordinal)).Select(s => (s.Key, s.Value)),
            new Dictionary<string, string>());
    }

    private static SkippableModel Build(string file, SkipMask? removed) => ModelFiles.FromPretrained(
        new BackboneRecipe { Name = "meter", Checkpoint = file, ImageSize = FullSizeMeter.Config.ImageSize,
            InLayerBottleneck = FullSizeMeter.Config.InLayerBottleneck, ReplacementBottleneck = FullSizeMeter.Config.ReplacementBottleneck },
        FullSizeMeter.Heads, tokenTypes: 2, dropout: 0.1, seed: 0, CPU, removed);

    private static void Read(string file)
    {
        byte[] part = new byte[1 << 20];
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        while (stream.Read(part) > 0) { }
    }
}
