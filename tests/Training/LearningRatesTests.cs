namespace Das.Tests.Training;

public sealed class LearningRatesTests
{
    /// <summary>10 micro-steps per epoch and 4 per optimizer step: an epoch ends within a step.</summary>
    private const double StepsPerEpoch = 2.5;

    [Fact]
    public void A_warm_up_in_epochs_counts_the_whole_schedule_in_epochs()
    {
        Func<long, double> schedule = LearningRates.Of(new() { Schedule = "cosine", LearningRate = 0.01, MinLearningRate = 0.001, WarmupEpochs = 2 }, 4, 10,
            StepsPerEpoch);
        Assert.Equal(0, schedule(0));
        Assert.Equal(0.2, schedule(1), 1e-12);
        Assert.Equal(1, schedule(5), 1e-12);
        Assert.Equal(0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * 0.4))), schedule(7), 1e-12);
        Assert.Equal(0.1, schedule(10), 1e-12);
    }

    [Fact]
    public void A_warm_up_in_steps_goes_before_a_share()
    {
        Func<long, double> schedule = LearningRates.Of(new() { WarmupSteps = 4, Warmup = 0.5, MinLearningRate = 5e-5 }, 4, 10, StepsPerEpoch);
        Assert.Equal(0.75, schedule(3), 1e-12);
        Assert.Equal(1, schedule(4), 1e-12);
        Assert.Equal(0.75, schedule(7), 1e-12);
    }

    [Fact]
    public void A_warm_up_that_outlasts_the_run_is_refused() =>
        Refuses.Recipe("optimization.warmupSteps is 380, but the stage has 300 optimizer steps",
            () => LearningRates.Of(new() { WarmupSteps = 380 }, 20, 300, 15));

    [Theory]
    [InlineData("lavin", null, "layers.0.adapter_attn.conv_A.weight", 3, 1.0, 0.3)]
    [InlineData("lavin", null, "layers.0.adapter_attn.conv_A.bias", 1, 1.0, 0.0)]
    [InlineData("lavin", null, "adapter_scale", 1, 1.0, 0.0)]
    [InlineData("llava", null, "model.mm_projector.0.weight", 2, 1.0, 0.3)]
    [InlineData("llava", null, "model.layers.0.adapter_replace.up.bias", 1, 1.0, 0.0)]
    [InlineData("llava", 2e-5, "model.mm_projector.0.weight", 2, 0.2, 0.3)]
    [InlineData("llava", 2e-5, "model.mm_projector.0.bias", 1, 0.2, 0.0)]
    [InlineData("llava", 2e-5, "model.layers.0.adapter_replace.up.weight", 2, 1.0, 0.0)]
    [InlineData("llava", 2e-5, "model.layers.0.adapter_replace.up.bias", 1, 1.0, 0.01)]
    [InlineData("vilt", null, "vqa_classifier.1.weight", 1, 7.0, 0.3)]
    [InlineData("vilt", null, "nlvr2_classifier.3.bias", 1, 7.0, 0.0)]
    [InlineData("vilt", null, "rank_output.weight", 2, 1.0, 0.3)]
    [InlineData("vilt", null, "adapter_list.0.0.up_proj.bias", 1, 1.0, 0.0)]
    [InlineData("vilt", null, "transformer.blocks.0.adapter0.adapter_layer_norm_before.weight", 1, 1.0, 0.3)]
    [InlineData("vilt", null, "cross_modal_text_layers.0.adapter.down_proj.weight", 2, 4.0, 0.3)]
    [InlineData("vilt", null, "cross_modal_image_pooler.dense.bias", 1, 4.0, 0.0)]
    [InlineData("vilt", null, "token4classifier", 3, 1.0, 0.3)]
    public void A_family_tells_by_name_and_shape_how_a_parameter_learns(string grouping, double? projector, string name, int dimensions, double multiplier,
        double decay)
    {
        LearningRule rule = ParameterGroups.Named(new() { Grouping = grouping, ProjectorLearningRate = projector, WeightDecay = 0.3, HeadMultiplier = 7,
            CrossModalMultiplier = 4 })(name, new long[dimensions]);
        Assert.Equal(multiplier, rule.RateMultiplier, 1e-12);
        Assert.Equal(decay, rule.WeightDecay);
    }
}
