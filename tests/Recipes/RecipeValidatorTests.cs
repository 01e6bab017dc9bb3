namespace Das.Tests.Recipes;

public class RecipeValidatorTests
{
    private const string Minimal = """{ "name": "x", "backbone": { "name": "vilt", "checkpoint": "m" }, "benchmark": { "name": "shapes" } }""";

    [Theory]
    [InlineData("auto")]
    [InlineData("cpu")]
    [InlineData("cuda")]
    [InlineData("cuda:3")]
    public void A_device_may_be(string device) => Assert.Equal(device, RecipeFile.Parse(Minimal, "x.json", [$"device={device}"]).Device);

    [Theory]
    [InlineData("name=")]
    [InlineData("device=gpu")]
    [InlineData("device=cuda:")]
    [InlineData("device=CPU")]
    [InlineData("backbone.imageSize=0")]
    [InlineData("backbone.inLayerBottleneck=0")]
    [InlineData("backbone.replacementBottleneck=-4")]
    [InlineData("backbone.checkpoint=")]
    [InlineData("benchmark.onBadInput=ignore")]
    [InlineData("search.strategy=greedy")]
    [InlineData("search.skip=-1")]
    [InlineData("search.skipModule=[1]")]
    [InlineData("search.candidates=0")]
    [InlineData("search.every=-1")]
    [InlineData("search.warmupSteps=-1")]
    [InlineData("search.stepSize=0")]
    [InlineData("search.epochs=0")]
    [InlineData("search.epochs=1e999")]
    [InlineData("search.warmupEpochs=-1")]
    [InlineData("search.warmupEpochs=3")]
    [InlineData("search.rewardBatch=0")]
    [InlineData("search.rewardScale=0")]
    [InlineData("search.optimization.batch=0")]
    [InlineData("search.optimization.microBatch=0")]
    [InlineData("finetune.optimization.microBatch=48")]
    [InlineData("finetune.optimization.learningRate=0")]
    [InlineData("finetune.optimization.headMultiplier=0")]
    [InlineData("finetune.optimization.weightDecay=-0.1")]
    [InlineData("finetune.optimization.beta1=1")]
    [InlineData("finetune.optimization.beta2=-0.5")]
    [InlineData("finetune.optimization.epsilon=0")]
    [InlineData("finetune.optimization.warmup=1")]
    [InlineData("finetune.optimization.dropout=1")]
    [InlineData("finetune.optimization.grouping=bert")]
    [InlineData("finetune.optimization.projectorLearningRate=2e-5")]
    [InlineData("finetune.optimization.optimizer=sgd")]
    [InlineData("finetune.optimization.clip=0")]
    [InlineData("finetune.optimization.schedule=constant")]
    [InlineData("finetune.optimization.minLearningRate=1")]
    [InlineData("finetune.optimization.warmupEpochs=10")]
    [InlineData("search.optimization.warmupEpochs=3")]
    [InlineData("search.optimization.warmupSteps=-1")]
    [InlineData("finetune.epochs=-1")]
    [InlineData("evaluate.split=train")]
    [InlineData("evaluate.batch=0")]
    [InlineData("evaluate.timingRounds=-1")]
    public void A_value_out_of_range_is_refused_and_named(string set)
    {
        string error = Refuses.Recipe(() => RecipeFile.Parse(Minimal, "x.json", [set])).Message;
        Assert.StartsWith($"--set {set}: '{set.Split('=')[0]}' ", error);
    }

    [Theory]
    [InlineData("[3,3]")]
    [InlineData("[-1]")]
    public void A_fixed_choice_names_each_layer_once_and_from_zero(string layers) =>
        Refuses.Recipe(() => RecipeFile.Parse(Minimal, "x.json", ["search.strategy=fixed", $"search.skipModule={layers}"]));

    [Theory]
    [InlineData("search.optimization.warmupEpochs=1", "search.optimization.warmupSteps=90", "give one of them")]
    [InlineData("search.warmupEpochs=0", "search.curriculum=true", "must be greater than 0")]
    [InlineData("search.optimization.grouping=lavin", "search.optimization.projectorLearningRate=2e-5", "only read by the grouping 'llava'")]
    public void Values_that_do_not_go_together_are_refused(string one, string other, string reason) =>
        Refuses.Recipe(reason, () => RecipeFile.Parse(Minimal, "x.json", [one, other]));

    [Fact]
    public void A_search_that_learns_nothing_may_warm_up_as_long_as_it_likes() =>
        Assert.Equal(3, RecipeFile.Parse(Minimal, "x.json", ["search.strategy=random", "search.warmupEpochs=3"]).Search.WarmupEpochs);
}
