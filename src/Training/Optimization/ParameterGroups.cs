namespace Das.Training.Optimization;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="LearningRate">Before the schedule's multiplier.</param>
/// <param name="WeightDecay">Decoupled; 0 for none.</param>
/// <param name="Parameters">Names and values.</param>
public sealed record ParameterGroup(double LearningRate, double WeightDecay, IReadOnlyList<(string Name, Parameter Value)> Parameters);

/// <summary>How a parameter learns.</summary>
/// <param name="RateMultiplier">Its learning rate over the base.</param>
/// <param name="WeightDecay">Decoupled; 0 for none.</param>
public readonly record struct LearningRule(double RateMultiplier, double WeightDecay);

/// <summary>A family's way to tell from a parameter's name and shape how it learns.</summary>
public delegate LearningRule Grouping(string name, ReadOnlySpan<long> shape);

/// <summary>Which parameter learns how fast and decays or not.</summary>
public static class ParameterGroups
{
    /// <summary>
    /// Names that do not decay in ViLT and METER (method §2.6). Neither an adapter's <c>adapter_layer_norm_before.weight</c>
    /// nor a classifier's norm (<c>vqa_classifier.1.weight</c>) is among them: both decay, as published.
    /// </summary>
    private static readonly string[] NoDecay = ["bias", "LayerNorm.weight", "norm.weight", "norm1.weight", "norm2.weight"];

    private static readonly string[] Heads = ["vqa_classifier", "nlvr2_classifier", "mlm_score", "itm_score", "snli_classifier"];

    /// <summary>What METER's cross layers and their poolers have in their names, and nothing of ViLT.</summary>
    private const string CrossModal = "cross_modal";

    /// <summary>What LLaVA's projector has in its names.</summary>
    private const string Projector = "mm_projector";

    /// <summary>torch's own default, which LLaVA's adapter biases get from a group that names no decay (method §5.5, §8 B22).</summary>
    private const double TorchDefaultDecay = 0.01;

    /// <summary>The parameters by the rule they follow.</summary>
    /// <param name="parameters">A model's named parameters; frozen ones are passed over.</param>
    /// <param name="learningRate">Base learning rate.</param>
    /// <param name="grouping">The family's.</param>
    public static IReadOnlyList<ParameterGroup> Of(IEnumerable<(string Name, Parameter Value)> parameters, double learningRate, Grouping grouping) =>
        [.. parameters
            .Where(p => p.Value.requires_grad)
            .GroupBy(p => grouping(p.Name, p.Value.shape))
            .Select(g => new ParameterGroup(learningRate * g.Key.RateMultiplier, g.Key.WeightDecay, [.. g]))];

    /// <summary>The grouping that a recipe names.</summary>
    public static Grouping Named(OptimizationRecipe recipe) => recipe.Grouping switch
    {
        "vilt" => Vilt(recipe.HeadMultiplier, recipe.WeightDecay, recipe.CrossModalMultiplier),
        "lavin" => Lavin(recipe.WeightDecay),
        "llava" => Llava(recipe.WeightDecay, recipe.ProjectorLearningRate / recipe.LearningRate),
        _ => throw new DasException(ErrorKind.Recipe, $"Unknown grouping '{recipe.Grouping}'. Known: vilt, lavin, llava."),
    };

    /// <summary>ViLT and METER: body, head and cross-modal layers, each with and without decay (method §2.6, §3.5).</summary>
    /// <param name="headMultiplier">The task head's learning rate over the base.</param>
    /// <param name="weightDecay">Decay of whatever decays.</param>
    /// <param name="crossModalMultiplier">The cross-modal layers' learning rate over the base.</param>
    public static Grouping Vilt(double headMultiplier, double weightDecay, double crossModalMultiplier = 1) => (name, _) => new(
        Heads.Any(name.Contains) ? headMultiplier : name.Contains(CrossModal) ? crossModalMultiplier : 1,
        NoDecay.Any(name.Contains) ? 0 : weightDecay);

    /// <summary>LaVIN: one rate; biases and whatever has one dimension do not decay (method §4.6).</summary>
    public static Grouping Lavin(double weightDecay) => (name, shape) => new(1, IsWeight(name, shape) ? weightDecay : 0);

    /// <summary>
    /// LLaVA (method §5.5). Where the projector has a rate of its own, the published groups leave the adapters' weights without
    /// decay and their biases with torch's default; else it is as in <see cref="Lavin"/>.
    /// </summary>
    /// <param name="weightDecay">Decay of whatever decays.</param>
    /// <param name="projectorMultiplier">The projector's learning rate over the base; null for the base.</param>
    public static Grouping Llava(double weightDecay, double? projectorMultiplier) => (name, shape) => (projectorMultiplier, IsWeight(name, shape)) switch
    {
        (null, var weight) => new(1, weight ? weightDecay : 0),
        ({ } multiplier, var weight) when name.Contains(Projector) => new(multiplier, weight ? weightDecay : 0),
        (_, var weight) => new(1, weight ? 0 : TorchDefaultDecay),
    };

    private static bool IsWeight(string name, ReadOnlySpan<long> shape) => shape.Length > 1 && !name.EndsWith(".bias", StringComparison.Ordinal);
}
