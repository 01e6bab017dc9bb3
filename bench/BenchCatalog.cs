namespace Das.Bench;

/// <summary>What a caller may change.</summary>
/// <param name="Rounds">Rounds that count.</param>
/// <param name="Images">Folder of pictures; null for generated ones.</param>
/// <param name="Captions">File of captions.</param>
/// <param name="Weights">A small LLaMA of llama2.c, its tokenizer <c>tok512.bin</c> beside it.</param>
/// <param name="Text">File of text for it; null for what it tells itself.</param>
/// <param name="Folder">Where files of many GB may be written.</param>
/// <param name="Layers">Layers of the 7B that there are.</param>
/// <param name="ProcessorTime">Seconds of the processors instead of seconds of the clock.</param>
internal sealed record MeasurementOptions(int Rounds, string? Images, string? Captions, string? Weights, string? Text, string? Folder, int Layers,
    bool ProcessorTime);

/// <summary>One benchmark.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Summary">One line of help.</param>
/// <param name="Rounds">Rounds that take less than three minutes on two cores.</param>
/// <param name="Measure">Does it.</param>
internal sealed record Measurement(string Name, string Summary, int Rounds, Func<MeasurementOptions, Measured> Measure);

/// <summary>What came out.</summary>
internal sealed record Measured(Interleaved Timed, IReadOnlyList<Figure> Figures);

/// <summary>The benchmarks there are. A new one is a file and a line here.</summary>
internal static class BenchCatalog
{
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new("vilt-skip", "Forward time of full-size ViLT-B/32 without 1, 2 and 4 blocks against all 12.", 18, ViltSkip.Measure),
        new("peak", "Forward passes and training steps of full-size models as a share of a product's speed, with and without skipped layers.", 5,
            PeakStep.Measure),
        new("search-step", "Micro-steps of the search against micro-steps of plain adapter training, full-size ViLT-B/32.", 14, SearchStep.Measure),
        new("meter-skip", "Forward time of full-size METER without 2 + 2 and without 4 image layers against all 12.", 12, MeterSkip.Measure),
        new("kept-towers", "An adapter-training micro-step of full-size METER with and without the image tower's output kept.", 6, KeptTowersStep.Measure),
        new("kept-clip", "An adapter-training micro-step of LLaVA with and without the full-size image tower's output kept.", 4, KeptClipStep.Measure),
        new("recall", "Pairs of an image and a text that small METER and ViLT score in a second, from the first way to the present one.", 5,
            RecallStep.Measure),
        new("load", "Time and peak memory of loading a checkpoint of full-size METER.", 3, LoadStep.Measure),
        new("decode", "Greedy decoding of a LLaMA of 260 K parameters, and what of it is launching operations.", 10, DecodeStep.Measure),
        new("llamacpp", "Greedy decoding of one sequence by a LLaMA as a GGUF file, beside llama.cpp on the same weights.", 5, LlamaCppStep.Measure),
        new("prefill", "512 tokens through a LLaMA of 1 B against its matrix products alone, in bfloat16 and float32.", 2, PrefillStep.Measure),
        new("precision", "A LLaMA of SmolLM2's shape in bfloat16 against float32: forward, training step, greedy decoding.", 3, PrecisionStep.Measure),
        new("llama-1b", "Memory and time of loading a Hugging Face folder and a GGUF file of 1 B, and of a training step.", 1, OneBillion.Measure),
        new("int8", "Loss and speed of a LLaMA of 260 K parameters with matrices of int8 against float32.", 5, Int8Step.Measure),
        new("choices", "Every question that lm-evaluation-harness asked of SmolLM2-135M-Instruct: right answers beside the recorded ones.", 1,
            RecordedChoices.Measure),
        new("llama-7b", "Memory and time of a LLaMA of 7 B: loading, decoding with layers skipped, a preference update, a training step.", 2,
            SevenBillion.Measure),
        new("llava-7b", "Memory and time of a LLaVA of 7 B: loading, and an answer about a picture.", 1, LlavaAnswer.Measure),
        new("pages", "How fast the pages and the API answer over 10,000 runs and 5 million points.", 9, RegistryPages.Measure),
        new("start", "A process of das that starts, and what a short run costs beside the work of its stages.", 5, StartStep.Measure),
        new("input", "Pictures made ready for ViLT a second, beside Pillow, by one thread and by all.", 7, InputStep.Measure),
        new("arrow-read", "Pictures out of an Arrow table against pictures out of raw files.", 20, ArrowRead.Measure),
    ];
}
