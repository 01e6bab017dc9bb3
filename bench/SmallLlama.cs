using System.Text.Json.Nodes;

namespace Das.Bench;

/// <summary>A trained LLaMA of llama2.c.</summary>
internal static class SmallLlama
{
    private const string Needed = "--weights FILE is needed: a .bin of llama2.c, stories260K.bin for example, with tok512.bin beside it.";

    public static Llama Load(MeasurementOptions options, string quantization)
    {
        string file = options.Weights ?? throw new FileNotFoundException(Needed);
        Llama model = (Llama)ModelFiles.FromPretrained(
            new BackboneRecipe { Name = "llama", Checkpoint = file, InLayerBottleneck = 8, ReplacementBottleneck = 32,
                Config = new JsonObject { ["dtype"] = "float32", ["quantization"] = quantization } },
            new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed: null);
        model.eval();
        return model;
    }

    public static PieceTokenizer Tokenizer(MeasurementOptions options) =>
        PieceTokenizer.Load(Path.Combine(Path.GetDirectoryName(options.Weights ?? throw new FileNotFoundException(Needed))!, "tok512.bin"));
}
