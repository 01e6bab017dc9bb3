using Das.Benchmarks.Catalog;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Das.Recipes;

/// <summary>What a recipe's values must satisfy beyond their types.</summary>
public static partial class RecipeValidator
{
    /// <summary>Every flaw of <paramref name="recipe"/>, in the order of its keys; none if it can be run.</summary>
    public static IEnumerable<Flaw> Validate(Recipe recipe) =>
    [
        .. NotEmpty("name", recipe.Name),
        .. Must(IsDevice(recipe.Device), "device", $"must be auto, cpu, cuda or cuda:n, not '{recipe.Device}'"),
        .. Validate(recipe.Backbone),
        .. NotEmpty("benchmark.name", recipe.Benchmark.Name),
        .. OneOf("benchmark.onBadInput", recipe.Benchmark, nameof(BenchmarkRecipe.OnBadInput)),
        .. BenchmarkCatalog.Find(recipe.Benchmark.Name)?.Flaws(recipe.Benchmark.Options, "benchmark.options") ?? [],
        .. Validate(recipe.Search),
        .. Positive("finetune.epochs", recipe.Finetune.Epochs),
        .. Validate("finetune.optimization", recipe.Finetune.Optimization, "finetune.epochs", recipe.Finetune.Epochs),
        .. OneOf("evaluate.split", recipe.Evaluate, nameof(EvaluateRecipe.Split)),
        .. AtLeast("evaluate.batch", recipe.Evaluate.Batch, 1),
        .. AtLeast("evaluate.maxNewTokens", recipe.Evaluate.MaxNewTokens, 0),
        .. Must(recipe.Evaluate.Temperature >= 0, "evaluate.temperature", $"must be at least 0, not {recipe.Evaluate.Temperature}"),
        .. Must(recipe.Evaluate.TopP is > 0 and <= 1, "evaluate.topP", $"must be greater than 0 and at most 1, not {recipe.Evaluate.TopP}"),
        .. AtLeast("evaluate.timingRounds", recipe.Evaluate.TimingRounds, 0),
    ];

    /// <summary>Whether a recipe's <c>device</c> may be this.</summary>
    public static bool IsDevice(string name) => Device().IsMatch(name);

    /// <summary>Every flaw of a pretraining recipe.</summary>
    public static IEnumerable<Flaw> Validate(PretrainRecipe recipe) =>
    [
        .. NotEmpty("name", recipe.Name),
        .. Must(IsDevice(recipe.Device), "device", $"must be auto, cpu, cuda or cuda:n, not '{recipe.Device}'"),
        .. NotEmpty("vocabulary", recipe.Vocabulary),
        .. NotEmpty("visionCheckpoint", recipe.VisionCheckpoint ?? "none"),
        .. NotEmpty("textCheckpoint", recipe.TextCheckpoint ?? "none"),
        .. Must(recipe.Captions is null or { Length: > 0 }, "captions", "must name a benchmark of captions, or be left out for generated scenes"),
        .. recipe.KeepTowers is null ? [] : OneOf("keepTowers", recipe, nameof(PretrainRecipe.KeepTowers)),
        .. NotEmpty("output", recipe.Output),
        .. AtLeast("steps", recipe.Steps, 1),
        .. AtLeast("batch", recipe.Batch, 2),
        .. Positive("learningRate", recipe.LearningRate),
        .. Must(recipe.WeightDecay >= 0, "weightDecay", $"must be at least 0, not {recipe.WeightDecay}"),
        .. Must(recipe.Warmup is >= 0 and < 1, "warmup", $"must be at least 0 and less than 1, not {recipe.Warmup}"),
        .. Must(recipe.MaskShare is > 0 and < 1, "maskShare", $"must lie between 0 and 1, not {recipe.MaskShare}"),
    ];

    private static IEnumerable<Flaw> Validate(BackboneRecipe backbone) =>
    [
        .. NotEmpty("backbone.name", backbone.Name),
        .. NotEmpty("backbone.checkpoint", backbone.Checkpoint),
        .. NotEmpty("backbone.visionCheckpoint", backbone.VisionCheckpoint ?? "none"),
        .. NotEmpty("backbone.textCheckpoint", backbone.TextCheckpoint ?? "none"),
        .. AtLeast("backbone.imageSize", backbone.ImageSize, 1),
        .. AtLeast("backbone.inLayerBottleneck", backbone.InLayerBottleneck, 1),
        .. AtLeast("backbone.replacementBottleneck", backbone.ReplacementBottleneck, 1),
        .. OneOf("backbone.keepTowers", backbone, nameof(BackboneRecipe.KeepTowers)),
        .. OneOf("backbone.prompt", backbone, nameof(BackboneRecipe.Prompt)),
        .. backbone.Named().SelectMany(file => OnHub($"backbone.{file.Key}", file.Path)),
    ];

    private static IEnumerable<Flaw> Validate(SearchRecipe search) =>
    [
        .. OneOf("search.strategy", search, nameof(SearchRecipe.Strategy)),
        .. AtLeast("search.skip", search.Skip, 0),
        .. Must(search.SkipModule.Length == 0 || search.Strategy == "fixed", "search.skipModule",
            $"is only read by the strategy 'fixed', not by '{search.Strategy}'"),
        .. Must(search.SkipModule.All(layer => layer >= 0), "search.skipModule", "must hold layer indices, which begin at 0"),
        .. Must(search.SkipModule.Distinct().Count() == search.SkipModule.Length, "search.skipModule", "names a layer twice"),
        .. AtLeast("search.candidates", search.Candidates, 1),
        .. AtLeast("search.every", search.Every, 0),
        .. Positive("search.stepSize", search.StepSize),
        .. Positive("search.epochs", search.Epochs),
        .. Must(search.WarmupEpochs >= 0, "search.warmupEpochs", $"must be at least 0, not {search.WarmupEpochs}"),
        .. Must(search.Strategy != "das" || search.Skip == 0 || search.WarmupSteps is not null || search.WarmupEpochs < search.Epochs, "search.warmupEpochs",
            $"({search.WarmupEpochs}) must be less than search.epochs ({search.Epochs}), or no preference is ever learnt"),
        .. Must(search.WarmupSteps is null or >= 0, "search.warmupSteps", $"must be at least 0, not {search.WarmupSteps}"),
        .. Must(!search.Curriculum || (search.WarmupSteps ?? search.WarmupEpochs) > 0, "search.curriculum",
            "lets the number of skipped layers grow during the warm-up, so search.warmupSteps or search.warmupEpochs must be greater than 0"),
        .. AtLeast("search.rewardBatch", search.RewardBatch, 1),
        .. Positive("search.rewardScale", search.RewardScale),
        .. Validate("search.optimization", search.Optimization, "search.epochs", search.Epochs),
    ];

    private static IEnumerable<Flaw> Validate(string path, OptimizationRecipe optimization, string length, double epochs) =>
    [
        .. AtLeast($"{path}.batch", optimization.Batch, 1),
        .. AtLeast($"{path}.microBatch", optimization.MicroBatch, 1),
        .. Must(optimization.MicroBatch < 1 || optimization.Batch % optimization.MicroBatch == 0, $"{path}.microBatch",
            $"({optimization.MicroBatch}) must divide {path}.batch ({optimization.Batch})"),
        .. Positive($"{path}.learningRate", optimization.LearningRate),
        .. Positive($"{path}.headMultiplier", optimization.HeadMultiplier),
        .. Positive($"{path}.crossModalMultiplier", optimization.CrossModalMultiplier),
        .. OneOf($"{path}.grouping", optimization, nameof(OptimizationRecipe.Grouping)),
        .. Must(optimization.ProjectorLearningRate is null or > 0, $"{path}.projectorLearningRate",
            $"must be greater than 0, not {optimization.ProjectorLearningRate}"),
        .. Must(optimization.ProjectorLearningRate is null || optimization.Grouping == "llava", $"{path}.projectorLearningRate",
            $"is only read by the grouping 'llava', not by '{optimization.Grouping}'"),
        .. OneOf($"{path}.optimizer", optimization, nameof(OptimizationRecipe.Optimizer)),
        .. Must(optimization.WeightDecay >= 0, $"{path}.weightDecay", $"must be at least 0, not {optimization.WeightDecay}"),
        .. Share($"{path}.beta1", optimization.Beta1),
        .. Share($"{path}.beta2", optimization.Beta2),
        .. Positive($"{path}.epsilon", optimization.Epsilon),
        .. Must(optimization.Clip is null or > 0, $"{path}.clip", $"must be greater than 0, not {optimization.Clip}"),
        .. OneOf($"{path}.schedule", optimization, nameof(OptimizationRecipe.Schedule)),
        .. Must(optimization.MinLearningRate >= 0 && optimization.MinLearningRate <= optimization.LearningRate, $"{path}.minLearningRate",
            $"must lie between 0 and {path}.learningRate ({optimization.LearningRate}), not be {optimization.MinLearningRate}"),
        .. Share($"{path}.warmup", optimization.Warmup),
        .. Must(optimization.WarmupEpochs is null || (optimization.WarmupEpochs >= 0 && optimization.WarmupEpochs < epochs), $"{path}.warmupEpochs",
            $"must be at least 0 and less than {length} ({epochs}), not {optimization.WarmupEpochs}"),
        .. Must(optimization.WarmupSteps is null or >= 0, $"{path}.warmupSteps", $"must be at least 0, not {optimization.WarmupSteps}"),
        .. Must(optimization.WarmupSteps is null || optimization.WarmupEpochs is null, $"{path}.warmupSteps",
            $"and {path}.warmupEpochs say the same thing twice: give one of them"),
        .. Share($"{path}.dropout", optimization.Dropout),
        .. AtLeast($"{path}.negatives", optimization.Negatives, 1),
    ];

    private static IEnumerable<Flaw> Must(bool holds, string path, string problem) => holds ? [] : [new(path, problem)];

    private static IEnumerable<Flaw> NotEmpty(string path, string value) => Must(value.Trim().Length > 0, path, "must not be empty");

    private static IEnumerable<Flaw> OnHub(string path, string value) => !HubName.Is(value) ? []
        : HubName.Problem(value) is { } problem ? [new(path, $"is '{value}', which {problem}")]
        : Must(path != "backbone.vocabulary" || HubName.Parse(value).File is not null, path,
            $"is '{value}', which names a whole model, where a tokenizer's file is expected: {value}:tokenizer.json, say");

    private static IEnumerable<Flaw> AtLeast(string path, int value, int least) => Must(value >= least, path, $"must be at least {least}, not {value}");

    private static IEnumerable<Flaw> Positive(string path, double value) => Must(value > 0, path, $"must be greater than 0, not {value}");

    private static IEnumerable<Flaw> Share(string path, double value) => Must(value is >= 0 and < 1, path, $"must be at least 0 and less than 1, not {value}");

    private static IEnumerable<Flaw> OneOf(string path, object part, string property)
    {
        PropertyInfo member = part.GetType().GetProperty(property)!;
        IReadOnlyList<string> allowed = OneOfAttribute.Of(member)!;
        string value = (string)member.GetValue(part)!;
        return Must(allowed.Contains(value), path, $"must be {string.Join(" or ", allowed)}, not '{value}'");
    }

    [GeneratedRegex(@"^(auto|cpu|cuda(:\d+)?)$")]
    private static partial Regex Device();
}
