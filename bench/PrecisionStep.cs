using Das.Training.Optimization;

namespace Das.Bench;

/// <summary>What a decoder of SmolLM2's shape gains where its frozen matrices multiply bfloat16, and what attention would; values are random.</summary>
internal static class PrecisionStep
{
    private const int Rows = 4, Length = 128, Decoded = 16, Many = 16, Attentions = 30;
    private const string Half = "bfloat16", Full = "float32";

    /// <summary>What the same took where it was first measured: PyTorch with autocast, on processors with AMX.</summary>
    private const double ForwardElsewhere = 3.7, StepElsewhere = 2.0;

    public static Measured Measure(MeasurementOptions options)
    {
        using Llama full = New(Full), half = New(Half);
        using Tensor heads = randn(Rows, full.Config.Heads, Length, full.Config.Dim / full.Config.Heads), rounded = heads.to(ScalarType.BFloat16);
        Dictionary<string, Action<Llama>> parts = new()
        {
            ["forward"] = Forward, ["step"] = Step, ["decode 1"] = model => Decode(model, 1), [$"decode {Many}"] = model => Decode(model, Many),
        };
        Interleaved timed = Interleaved.Time(
        [
            .. parts.SelectMany(part => new[] { full, half }.Select(model =>
                new Contender($"{part.Key} {model.Config.Precision}", () => part.Value(model)))),
            new($"attention {Full}", () => Attend(heads)), new($"attention {Half}", () => Attend(rounded)),
        ], options);

        Spread Ratio(string part) => timed.Over(s => s[$"{part} {Full}"] / s[$"{part} {Half}"]);
        return new(timed,
        [
            Figure.Gain($"forward pass and all logits, {Rows} x {Length} tokens, float32 ÷ bfloat16", Ratio("forward"), ForwardElsewhere),
            Figure.Gain($"training step, {Rows} x {Length} tokens, float32 ÷ bfloat16", Ratio("step"), StepElsewhere),
            new("greedy decoding, batch 1, float32 ÷ bfloat16", Ratio("decode 1"), "×", null, null),
            new($"greedy decoding, batch {Many}, float32 ÷ bfloat16", Ratio($"decode {Many}"), "×", null, null),
            new($"attention of one layer alone, {Rows} x {Length}, forward and backward, float32 ÷ bfloat16", Ratio("attention"), "×", null, null),
            .. new[] { Full, Half }.SelectMany(type => new[]
            {
                Figure.Rate($"forward, {type}", timed.Over(s => Rows * Length / s[$"forward {type}"]), "tokens/s"),
                Figure.Rate($"training step, {type}", timed.Over(s => Rows * Length / s[$"step {type}"]), "tokens/s"),
                Figure.Rate($"greedy decoding, batch 1, {type}", timed.Over(s => Decoded / s[$"decode 1 {type}"]), "tokens/s"),
            }),
            Figure.Once("precision that auto stands for here: bfloat16 is 1", Precisions.Auto()("cpu") == Half ? 1 : 0, ""),
        ]);
    }

    /// <summary>Random values in the sizes of SmolLM2-135M.</summary>
    internal static Llama New(string precision)
    {
        manual_seed(0);
        Llama model = new(new()
        {
            VocabSize = 49152, Dim = 576, Layers = 30, Heads = 9, KvHeads = 3, Hidden = 1536, NormEps = 1e-5, RopeTheta = 100_000, TiedOutput = true,
            InLayerBottleneck = 16, Dtype = Full, Precision = precision,
        });
        model.InitializeWeights();
        model.FreezeForAdapters();
        model.eval();
        return model;
    }

    /// <summary>Random ids that are learnt as they are read.</summary>
    internal static TokenBatch Texts(Llama model, int rows, int length)
    {
        Tensor ids = randint(0, model.Config.VocabSize, [rows, length], dtype: ScalarType.Int64);
        return new(ids, [.. Enumerable.Repeat(length, rows)], ids);
    }

    private static void Forward(Llama model)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        model.Logits(model.Hidden(model.Assemble(Texts(model, Rows, Length))));
    }

    private static void Step(Llama model)
    {
        using DisposeScope scope = NewDisposeScope();
        using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters().Where(p => p.parameter.requires_grad)
            .Select(p => (p.name, p.parameter)), 1e-3, ParameterGroups.Lavin(0.02)), 0.9, 0.95, 1e-8, AdamForm.Torch);
        model.zero_grad();
        Recomputed.Backward(LanguageObjective.Loss(model, Texts(model, Rows, Length)));
        optimizer.Step();
    }

    private static void Decode(Llama model, int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        TextGenerator.Continue(model, Texts(model, rows, 1) with { Labels = null }, new(Decoded, EndOfText: -1));
    }

    private static void Attend(Tensor heads)
    {
        for (int time = 0; time < Attentions; time++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor learns = heads.detach().requires_grad_(true);
            F.scaled_dot_product_attention(learns, learns, learns, is_casual: true).sum().backward();
        }
    }
}
