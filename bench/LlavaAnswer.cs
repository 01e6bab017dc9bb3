namespace Das.Bench;

/// <summary>What LLaVA-1.5-7B takes on this machine: loading, and an answer about a picture.</summary>
internal static class LlavaAnswer
{
    public const int PromptTokens = 64;

    private const int NewTokens = 8, Shards = 3;
    private const double Gibi = 1 << 30;

    /// <exception cref="IOException">No folder was given, or the system does not tell a process's memory.</exception>
    public static Measured Measure(MeasurementOptions options)
    {
        MemoryUse.ThrowIfUnknown();
        string folder = Path.Combine(options.Folder ?? throw new IOException("llava-7b needs --folder DIR on a disk with 15 GB free."),
            $"das-bench-llava-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            LlavaConfig config = new() { Layers = options.Layers };
            return Run(folder, config, PublishedLlava.Write(folder, config, Shards), options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measured Run(string folder, LlavaConfig config, double bytes, MeasurementOptions options)
    {
        Llava model = null!;
        Stopwatch watch = Stopwatch.StartNew();
        MemoryUse loading = MemoryUse.Of(() => model = (Llava)ModelFiles.FromPretrained(
            new BackboneRecipe { Name = "llava", Checkpoint = folder, ImageSize = config.ImageSize, InLayerBottleneck = config.InLayerBottleneck,
                ReplacementBottleneck = config.ReplacementBottleneck },
            new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed: null));
        using (model)
        {
            List<Figure> figures =
            [
                Figure.Cost($"peak memory of opening and loading the searched model ÷ {Shards} files of {bytes / Gibi:0.0} GiB together",
                    Spread.Of([loading.Added / bytes]), 1),
                Figure.Once("opening and loading", watch.Elapsed.TotalSeconds, "s"),
            ];
            model.eval();
            watch.Restart();
            int[] answer = TextGenerator.Continue(model, Prompt(config, randn(1, 3, config.ImageSize, config.ImageSize)), new(NewTokens, EndOfText: -1))[0];
            figures.Add(Figure.Once($"{answer.Length} tokens about a picture, after {config.ImagePositions} patches and {PromptTokens - 1} tokens",
                watch.Elapsed.TotalSeconds, "s"));

            return new(Interleaved.Once, figures);
        }
    }

    /// <summary>Drawn tokens with a placeholder among them.</summary>
    public static TokenBatch Prompt(LlavaConfig config, Tensor picture)
    {
        Tensor ids = randint(0, config.VocabSize, [1, PromptTokens], dtype: ScalarType.Int64);
        ids[0, PromptTokens / 2] = TokenBatch.ImageToken;
        return new(ids, [PromptTokens], null, picture);
    }
}
