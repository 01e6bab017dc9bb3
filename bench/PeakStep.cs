using Das.Training.Optimization;

namespace Das.Bench;

/// <summary>
/// Forward passes and training steps as a share of a large product's speed before and after each, and what skipped layers save of them against the
/// multiply-accumulates that they save.
/// </summary>
internal static class PeakStep
{
    private const int Side = 2048, Products = 3, ViltBatch = 4, MeterBatch = 2, Rows = 8, Length = 128;

    /// <summary>The same shares of PyTorch 2.13 in eager mode running the published code, one thread.</summary>
    private static readonly Dictionary<string, (double Forward, double Step)> PyTorch = new()
    {
        ["ViLT-B"] = (0.745, 0.624), ["METER"] = (0.719, 0.627), ["SmolLM2's shape"] = (0.766, 0.671),
    };

    private static readonly MeterConfig meterSizes = FullSizeMeter.Config with { ImageSize = 288, TextDropRate = 0.1 };

    /// <summary>What is done, and the multiply-accumulates that it takes.</summary>
    private sealed record Work(string Family, string Name, Action Forward, double ForwardMacs, Action Step, double StepMacs);

    public static Measured Measure(MeasurementOptions options)
    {
        Tensor left = randn(Side, Side), right = randn(Side, Side);
        Work[] all =
        [
            .. new[] { 0, 1, 2, 4 }.Select(skip => Vilt($"without {skip}", FullSizeVilt.Spread(skip))),
            Meter("without 0", SkipMask.Empty), Meter("without 2 + 2", SkipMask.Of([1, 3, 7, 9])), Meter("without 0 + 4", SkipMask.Of([6, 7, 8, 9])),
            Llama(),
        ];
        Contender[] timedHere = [.. all.SelectMany(work => new Contender[] { new(Forward(work), work.Forward), new(Step(work), work.Step) })];
        Interleaved timed = Interleaved.Time([.. timedHere.SelectMany((one, i) => new[] { Product(i), one }), Product(timedHere.Length)], options);

        Contender Product(int i) => new(ProductName(i), () =>
        {
            for (int time = 0; time < Products; time++) left.mm(right).Dispose();
        });
        Spread Share(string name, double macs)
        {
            int at = Array.FindIndex(timedHere, one => one.Name == name);
            return timed.Over(s => macs / s[name] / Speed(s, at, at + 1));
        }
        List<Figure> figures = [Figure.Rate("product", timed.Over(s => Speed(s, [.. Enumerable.Range(0, timedHere.Length + 1)]) / 1e9), "GMAC/s")];
        foreach (IGrouping<string, Work> family in all.GroupBy(work => work.Family))
        {
            Work whole = family.First();
            figures.Add(Figure.Gain($"{family.Key}: forward, share of the product's speed; ideal is PyTorch's", Share(Forward(whole), whole.ForwardMacs),
                PyTorch[family.Key].Forward));
            figures.Add(Figure.Gain($"{family.Key}: training step, the same", Share(Step(whole), whole.StepMacs), PyTorch[family.Key].Step));
            foreach (Work fewer in family.Skip(1))
            {
                figures.Add(Figure.Gain($"{family.Key} {fewer.Name}: forward of all layers ÷ forward", timed.Over(s => s[Forward(whole)] / s[Forward(fewer)]),
                    whole.ForwardMacs / fewer.ForwardMacs));
                figures.Add(Figure.Gain($"{family.Key} {fewer.Name}: step of all layers ÷ step", timed.Over(s => s[Step(whole)] / s[Step(fewer)]),
                    whole.StepMacs / fewer.StepMacs));
            }
        }
        return new(timed, figures);
    }

    private static string ProductName(int i) => $"product {i}";

    /// <summary>Multiply-accumulates a second of some of the products.</summary>
    private static double Speed(IReadOnlyDictionary<string, double> seconds, params int[] products) =>
        Products * Math.Pow(Side, 3) / products.Average(i => seconds[ProductName(i)]);

    private static string Forward(Work work) => $"{work.Family} {work.Name} forward";

    private static string Step(Work work) => $"{work.Family} {work.Name} step";

    private static Work Vilt(string name, SkipMask removed) => Fused("ViLT-B", name, FullSizeVilt.Model(removed), FullSizeVilt.Batch(ViltBatch),
        ViltBatch * (double)AdapterStepMacs.Forward(removed), ViltBatch * (double)AdapterStepMacs.Step(removed));

    private static Work Meter(string name, SkipMask removed) => Fused("METER", name, FullSizeMeter.Model(removed, meterSizes),
        FullSizeMeter.Batch(MeterBatch, meterSizes.ImageSize), MeterBatch * (double)FullSizeMeter.Forward(removed, meterSizes),
        MeterBatch * (double)FullSizeMeter.Step(removed, meterSizes));

    private static Work Fused(string family, string name, VisionLanguageModel model, VqaBatch batch, double forward, double step) => new(family, name,
        () =>
        {
            model.eval();
            using IDisposable frozen = no_grad();
            using DisposeScope scope = NewDisposeScope();
            batch.Outputs(model);
        }, forward, Trained(model, () => batch.Loss(model), ParameterGroups.Vilt(50, 0.01, 5), AdamForm.Transformers), step);

    /// <summary>All positions are learnt, so the logits of all are computed.</summary>
    private static Work Llama()
    {
        Llama model = PrecisionStep.New("float32");
        TokenBatch texts = PrecisionStep.Texts(model, Rows, Length);
        double forward = Rows * (double)LlamaCost.Macs(model.Config, SkipMask.Empty, Length);
        double attention = 2.0 * Length * Length * model.Config.Dim; // the heads are as wide together
        double adapters = 2.0 * Length * model.Config.Dim * model.Config.InLayerBottleneck;
        return new("SmolLM2's shape", $"{Rows} x {Length}", () =>
        {
            model.eval();
            using IDisposable frozen = no_grad();
            using DisposeScope scope = NewDisposeScope();
            model.Logits(model.Hidden(model.Assemble(texts)));
        }, forward, Trained(model, () => LanguageObjective.Loss(model, texts), ParameterGroups.Lavin(0.02), AdamForm.Torch),
            (2 * forward) + (Rows * model.Config.Layers * (attention + adapters)));
    }

    /// <summary>A micro-step and an optimizer step.</summary>
    private static Action Trained(BackboneModel model, Func<Tensor> loss, Grouping grouping, AdamForm form)
    {
        (string, TorchSharp.Modules.Parameter)[] parameters = [.. model.named_parameters().Where(p => p.parameter.requires_grad)];
        DecoupledAdam optimizer = new(ParameterGroups.Of(parameters, 1e-4, grouping), form: form);
        return () =>
        {
            model.train();
            using DisposeScope scope = NewDisposeScope();
            Tensor value = loss();
            Recomputed.Backward(value);
            value.item<float>();
            optimizer.Step();
            optimizer.ZeroGradients();
        };
    }
}
