namespace Das.Bench;

/// <summary>What an adapter-training micro-step of LLaVA saves when the output of its frozen image tower is kept; the tower and the widths are
/// full-size.</summary>
internal static class KeptClipStep
{
    private const int Layers = 4, PublishedLayers = 32;

    public static Measured Measure(MeasurementOptions options)
    {
        manual_seed(0);
        LlavaConfig config = new() { Layers = Layers };
        using Llava model = new(config);
        model.InitializeWeights();
        model.FreezeForAdapters();
        model.train();
        Tensor picture = randn(1, 3, config.ImageSize, config.ImageSize), features;
        using (no_grad()) features = model.ImageTower(picture).DetachFromDisposeScope();
        const string fresh = "fresh", kept = "kept";
        Interleaved timed = Interleaved.Time([new(fresh, () => Step(model, picture)), new(kept, () => Step(model, features))], options);
        return new(timed,
        [
            Figure.Gain($"adapter-training micro-step of {Layers} layers ÷ micro-step with the image tower's output kept", timed.Over(s => s[fresh] / s[kept]),
                Saving(config)),
            Figure.Once($"the same of {PublishedLayers} layers, by multiply-accumulates", Saving(config with { Layers = PublishedLayers }), "×"),
        ]);
    }

    /// <summary>Forward and a backward of the same size behind the tower; adapters are too small to count.</summary>
    private static double Saving(LlavaConfig config)
    {
        double tower = VisionCost.Macs(config.Clip, config.Clip.Tokens),
            rest = 2 * (LlavaCost.Of(config, SkipMask.Empty, LlavaAnswer.PromptTokens, image: true).Macs - tower);
        return (tower + rest) / rest;
    }

    private static void Step(Llava model, Tensor picture)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenBatch prompt = LlavaAnswer.Prompt(model.Config, picture);
        Recomputed.Backward(LanguageObjective.Loss(model, prompt with { Labels = prompt.Ids.clamp(min: 0) }));
    }
}
