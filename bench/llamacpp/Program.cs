using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using LLama;
using LLama.Common;
using LLama.Native;

// llama.cpp, for bench/LlamaCppStep.cs.
//   quantize SOURCE TARGET TYPE     writes a GGUF file whose matrices are of that type (of LLama.Native.LLamaFtype)
//   decode FILE THREADS             for each number on standard input so many tokens, greedily after token 1: seconds by the clock, the processors', tokens
NativeLibraryConfig.All.WithLogCallback((_, _) => { });
NativeApi.llama_empty_call();
switch (args)
{
    case ["quantize", var source, var target, var type]:
        LLamaQuantizer.Quantize(source, target, Enum.Parse<LLamaFtype>(type), nthread: 1, allowRequantize: true);
        return 0;
    case ["decode", var file, var threads]:
        int count = int.Parse(threads, CultureInfo.InvariantCulture);
        ModelParams parameters = new(file) { ContextSize = 512, Threads = count, BatchThreads = count, GpuLayerCount = 0 };
        using (LLamaWeights weights = LLamaWeights.LoadFromFile(parameters))
        {
            Console.WriteLine("ready");
            while (Console.ReadLine() is { } wanted) Console.WriteLine(Decode(weights, parameters, int.Parse(wanted, CultureInfo.InvariantCulture)));
        }
        return 0;
    default:
        Console.Error.WriteLine("quantize SOURCE TARGET TYPE, or decode FILE THREADS");
        return 1;
}

static string Decode(LLamaWeights weights, ModelParams parameters, int tokens)
{
    using LLamaContext context = weights.CreateContext(parameters);
    LLamaBatch batch = new();
    List<int> said = [1];
    long clock = Stopwatch.GetTimestamp();
    TimeSpan processor = Environment.CpuUsage.TotalTime;
    for (int position = 0; position < tokens; position++)
    {
        batch.Clear();
        batch.Add(said[^1], position, LLamaSeqId.Zero, logits: true);
        if (context.Decode(batch) != DecodeResult.Ok) throw new InvalidOperationException("llama.cpp did not decode the token.");
        said.Add(TensorPrimitives.IndexOfMax<float>(context.NativeHandle.GetLogitsIth(0)));
    }
    double seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds, used = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
    return string.Create(CultureInfo.InvariantCulture, $"{seconds} {used} {string.Join(' ', said.Skip(1))}");
}
