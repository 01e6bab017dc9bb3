namespace Das.Bench;

/// <summary>Greedy decoding of one sequence by a LLaMA as a GGUF file, beside llama.cpp on the same weights in float32.</summary>
internal static class LlamaCppStep
{
    private const int Tokens = 64, Begin = 1;

    public static Measured Measure(MeasurementOptions options)
    {
        string source = options.Weights ?? throw new FileNotFoundException("--weights FILE is needed: SmolLM2's GGUF file, for example.");
        string folder = Directory.CreateTempSubdirectory("das-bench-").FullName;
        try
        {
            string wide = Path.Combine(folder, "float32.gguf");
            string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../llamacpp/bin/Release/net10.0/Das.LlamaCpp.dll"));
            using (Process quantizing = Process.Start("dotnet", [program, "quantize", source, wide, "ALL_F32"])) quantizing.WaitForExit();
            using Peer peer = new(["dotnet", program, "decode", wide, $"{get_num_threads()}"], [],
                "llama.cpp is missing: dotnet build bench/llamacpp -c Release.", options.ProcessorTime);
            using LanguageModel model = Load(source);
            return Compare(model, peer, new FileInfo(wide).Length, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measured Compare(LanguageModel model, Peer peer, long bytes, MeasurementOptions options)
    {
        const string ours = "ours", theirs = "llama.cpp", read = "memory";
        int[] said = [];
        Tensor memory = ones(bytes / sizeof(float));
        Interleaved timed = Interleaved.Time(
        [
            peer.On(theirs, $"{Tokens}"), new(ours, () => said = Decode(model)), new(read, () => memory.sum().Dispose()),
        ], options);
        int alike = said.Zip(peer.Answer).TakeWhile(pair => $"{pair.First}" == pair.Second).Count();
        return new(timed,
        [
            new("greedy decoding, batch 1, float32: speed ÷ llama.cpp's", timed.Over(s => s[theirs] / s[ours]), "×", null, null),
            Figure.Part("bytes of the weights a second, share of the speed of reading memory (a sum)", timed.Over(s => Tokens * s[read] / s[ours])),
            Figure.Part("llama.cpp: the same", timed.Over(s => Tokens * s[read] / s[theirs])),
            Figure.Rate("ours", timed.Over(s => Tokens / s[ours]), "tokens/s"),
            Figure.Rate("llama.cpp", timed.Over(s => Tokens / s[theirs]), "tokens/s"),
            Figure.Once($"of {Tokens} tokens alike before the first that differs", alike, ""),
        ]);
    }

    private static LanguageModel Load(string file)
    {
        BackboneRecipe recipe = new() { Name = "llama", Checkpoint = file, InLayerBottleneck = 8, ReplacementBottleneck = 32 };
        BackboneModel model = ModelFiles.FromPretrained(recipe, new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed: null);
        model.eval();
        return (LanguageModel)model;
    }

    private static int[] Decode(LanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenBatch prompt = new(full([1, 1], Scalars.Of((long)Begin), dtype: ScalarType.Int64), [1]);
        return TextGenerator.Continue(model, prompt, new(Tokens, EndOfText: -1))[0];
    }
}
