using Das.Search;
using Das.Training.Optimization;

namespace Das.Bench;

/// <summary>What LLaMA-7B takes on this machine, from its files to a training step; sizes and names as published, values random.</summary>
internal static class SevenBillion
{
    public const int PublishedLayers = 32, TrainTokens = 512;

    private const int DecodedTokens = 8, RewardTokens = 128, Candidates = 3;
    private const double Gibi = 1 << 30;

    /// <exception cref="IOException">No folder was given, or the system does not tell a process's memory.</exception>
    public static Measured Measure(MeasurementOptions options)
    {
        MemoryUse.ThrowIfUnknown();
        string folder = Path.Combine(options.Folder ?? throw new IOException("llama-7b needs --folder DIR on a disk with 14 GB free."),
            $"das-bench-7b-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            LlamaConfig config = new() { Layers = options.Layers };
            long bytes = Timed("write", () => PublishedLlama.Write(folder, config)).Result;
            return Run(folder, config, bytes, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measured Run(string folder, LlamaConfig config, double bytes, MeasurementOptions options)
    {
        int skip = Math.Max(1, 6 * config.Layers / PublishedLayers);
        SkipMask mask = SkipMask.Of(Enumerable.Range(0, skip).Select(i => (i + 1) * config.Layers / (skip + 1)));
        List<Figure> figures = [];

        double before = BytesRead();
        using (Load(folder, mask)) figures.Add(Figure.Cost($"bytes read for a model finished without {mask} ÷ file of {bytes / Gibi:0.0} GiB",
            Spread.Of([(BytesRead() - before) / bytes]), WithoutLayers(config, skip) / WithoutLayers(config, 0)));
        Llama model = null!;
        MemoryUse loading = null!;
        double seconds = Timed("load", () => loading = MemoryUse.Of(() => model = Load(folder, null))).Seconds;
        figures.Add(Figure.Cost($"peak memory of opening and loading the searched model ÷ file of {bytes / Gibi:0.0} GiB", Spread.Of([loading.Added / bytes]),
            1));
        figures.Add(Figure.Once("opening and loading", seconds, "s"));

        using (model)
        {
            const string all = "all layers", fewer = "without";
            Interleaved timed = Interleaved.Time([new(all, () => Decode(model, SkipMask.Empty)), new(fewer, () => Decode(model, mask))], options);
            figures.Add(Figure.Gain($"{DecodedTokens} tokens decoded, all layers ÷ without {mask}; ideal by bytes of weights",
                timed.Over(s => s[all] / s[fewer]), DecodedBytes(config, 0) / DecodedBytes(config, skip)));
            figures.Add(Figure.Once("decoding with all layers: a token", timed.Over(s => s[all]).Median / DecodedTokens, "s"));
            figures.Add(new("decoding with all layers: weights read", timed.Over(s => DecodedTokens * DecodedBytes(config, 0) / s[all] / Gibi), "GiB/s", null,
                null));
            figures.AddRange(Peak($"a preference update, K = {Candidates}, 1 x {RewardTokens} tokens", () => Update(model, skip)));
            figures.AddRange(Peak($"a training step without {mask}, 1 x {TrainTokens} tokens, layers computed again", () => Train(model, mask)));
            return new(timed, figures);
        }
    }

    private static Llama Load(string folder, SkipMask? removed)
    {
        Llama model = (Llama)ModelFiles.FromPretrained(new BackboneRecipe { Name = "llama", Checkpoint = folder, InLayerBottleneck = 8,
            ReplacementBottleneck = 32 },
            new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed);
        model.eval();
        return model;
    }

    private static void Decode(Llama model, SkipMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        model.Skipped = mask;
        TextGenerator.Continue(model, new(ones([1, 1], ScalarType.Int64), [1]), new(DecodedTokens, EndOfText: -1));
    }

    private static void Update(Llama model, int skip)
    {
        using IDisposable frozen = no_grad();
        new SkipPolicy(model.CandidateCount, skip, Candidates).Update(Seeds.Random(0, "bench", 0).DrawWithoutReplacement, mask =>
        {
            model.Skipped = mask;
            return Loss(model, RewardTokens);
        });
    }

    public static void Train(Llama model, SkipMask mask)
    {
        model.Skipped = mask;
        model.train();
        model.Recomputes = true;
        using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters().Where(p => p.parameter.requires_grad)
            .Select(p => (p.name, p.parameter)), 3e-3, ParameterGroups.Lavin(0.02)), 0.9, 0.95, 1e-8, AdamForm.Torch);
        Loss(model, TrainTokens, learn: true);
        optimizer.Step();
    }

    private static double Loss(Llama model, int tokens, bool learn = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = randint(0, model.Config.VocabSize, [1, tokens], dtype: ScalarType.Int64), loss = LanguageObjective.Loss(model, new(ids, [tokens], ids));
        if (learn) Recomputed.Backward(loss);
        return loss.item<float>();
    }

    public static IEnumerable<Figure> Peak(string what, Action action)
    {
        (MemoryUse memory, double seconds) = Timed(what, () => MemoryUse.Of(action));
        return [Figure.Once($"{what}: peak memory of the process", memory.Peak / Gibi, "GiB"), Figure.Once($"{what}: time", seconds, "s")];
    }

    private static (T Result, double Seconds) Timed<T>(string what, Func<T> action)
    {
        Stopwatch watch = Stopwatch.StartNew();
        T result = action();
        Console.Error.WriteLine($"{what}: {watch.Elapsed.TotalSeconds:0.0} s");
        return (result, watch.Elapsed.TotalSeconds);
    }

    private static double Block(LlamaConfig config) => (4.0 * config.Dim * config.Dim) + (3.0 * config.Dim * config.HiddenSize);

    /// <summary>Elements of a checkpoint that a model without so many layers has a place for; norms are too few to count.</summary>
    private static double WithoutLayers(LlamaConfig config, int skipped) => ((config.Layers - skipped) * Block(config)) + (2.0 * config.VocabSize * config.Dim);

    /// <summary>Bytes of weights that one token reads: bfloat16, adapters float32.</summary>
    private static double DecodedBytes(LlamaConfig config, int skipped)
    {
        double kept = config.Layers - skipped, adapter = 2.0 * config.Dim * sizeof(float);
        return (2 * ((kept * Block(config)) + ((double)config.VocabSize * config.Dim))) + (kept * adapter * config.InLayerBottleneck)
            + (skipped * adapter * config.ReplacementBottleneck);
    }

    private static double BytesRead() =>
        double.Parse(File.ReadLines("/proc/self/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal)).Split(' ')[1],
        CultureInfo.InvariantCulture);
}
