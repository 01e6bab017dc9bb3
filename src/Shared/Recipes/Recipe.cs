using System.Reflection;

namespace Das.Recipes;

/// <summary>
/// One experiment: a backbone, a benchmark, and how to search, fine-tune and evaluate. The defaults below are the
/// published values for ViLT on VQAv2 (method §2.6, §2.7); every other family's recipe states its own.
/// </summary>
public sealed record Recipe
{
    /// <summary>What it is called in lists: <c>vilt/easy-vqa</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for <c>das recipes</c>.</summary>
    public string Description { get; init; } = "";

    /// <summary>Seeds weights, data order, dropout and sampling. Published: 0 (method §2.6).</summary>
    public int Seed { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>; or <c>auto</c>, which becomes one of these before a run of the recipe begins.</summary>
    public string Device { get; init; } = Auto;

    public required BackboneRecipe Backbone { get; init; }
    public required BenchmarkRecipe Benchmark { get; init; }
    public SearchRecipe Search { get; init; } = new();
    public FinetuneRecipe Finetune { get; init; } = new();
    public EvaluateRecipe Evaluate { get; init; } = new();

    /// <summary>The <see cref="Device"/>, and the <c>precision</c> of <c>backbone.config</c>, that is decided where a run begins.</summary>
    public const string Auto = "auto";

    private const string PrecisionKey = "precision";

    /// <summary>The recipe as one line of JSON with every default filled in; equal recipes give equal text.</summary>
    public string ToCanonicalJson() => CanonicalJson.Of(this, StrictJson.Options);

    /// <summary>Reads what <see cref="ToCanonicalJson"/> wrote.</summary>
    /// <exception cref="DasException">The text is not a usable recipe.</exception>
    public static Recipe Parse(string canonicalJson) => RecipeFile.Parse(canonicalJson, "recipe", []);

    /// <summary>
    /// A recipe's canonical JSON with what machines decide differently decided, so that a run's keys and bytes follow from its recipe alone. A text that is
    /// no recipe is left as it is: the first stage says what is wrong with it.
    /// </summary>
    /// <param name="canonicalJson">What <see cref="ToCanonicalJson"/> wrote.</param>
    /// <param name="device">What <see cref="Auto"/> stands for as a device.</param>
    /// <param name="precision">What it stands for as a precision on a device.</param>
    public static string Decided(string canonicalJson, Func<string> device, Func<string, string> precision)
    {
        try
        {
            if (JsonNode.Parse(canonicalJson) is not JsonObject recipe) return canonicalJson;
            bool changed = Decide(recipe, "device", device);
            if (ConfigOf(recipe) is { } config) changed |= Decide(config, PrecisionKey, () => precision(recipe["device"]?.ToString() ?? device()));
            return changed ? CanonicalJson.Text(recipe) : canonicalJson;
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException) { return canonicalJson; }
    }

    /// <summary>The <c>precision</c> that a recipe's canonical JSON says; null where it says none, or is no recipe.</summary>
    public static string? PrecisionOf(string canonicalJson)
    {
        try { return ConfigOf(JsonNode.Parse(canonicalJson))?[PrecisionKey]?.ToString(); }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException) { return null; }
    }

    private static JsonObject? ConfigOf(JsonNode? recipe) =>
        recipe is JsonObject whole && whole["backbone"] is JsonObject backbone ? backbone["config"] as JsonObject : null;

    private static bool Decide(JsonObject values, string name, Func<string> auto)
    {
        if (values[name] is not JsonValue value || !value.TryGetValue(out string? text) || text != Auto) return false;
        values[name] = auto();
        return true;
    }
}

/// <summary>The pretrained model and the adapters put into it.</summary>
public sealed record BackboneRecipe
{
    /// <summary>A name from the backbone catalog: <c>vilt</c>, <c>meter</c>, <c>llama</c>, <c>lavin</c>, <c>llava</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The pretrained weights: <c>.safetensors</c> or a published <c>.ckpt</c>, or a model on a hub, <c>hf:ORG/NAME@REVISION</c>. A relative path starts
    /// at the working directory; a revision becomes a commit before a run of the recipe begins.
    /// </summary>
    [NamesFile]
    public required string Checkpoint { get; init; }

    /// <summary>
    /// The pretrained image tower where it has a file of its own: OpenAI's <c>ViT-L-14.pt</c> beside a LLaMA, the folder of
    /// <c>openai/clip-vit-large-patch14-336</c> beside a LLaVA, a DINOv2's. None for a backbone whose checkpoint holds everything.
    /// </summary>
    [NamesFile]
    public string? VisionCheckpoint { get; init; }

    /// <summary>The pretrained text tower of a METER where it has a file of its own: the folder of a BERT or a RoBERTa, or a BERT's <c>.gguf</c>.</summary>
    [NamesFile]
    [KeyedUnless(null)]
    public string? TextCheckpoint { get; init; }

    /// <summary>The tokenizer's vocabulary: <c>vocab.txt</c>, <c>vocab.json</c> with <c>merges.txt</c> beside it, <c>tokenizer.json</c>,
    /// <c>tokenizer.model</c> or a GGUF file; by default the one beside the checkpoint, or beside the text tower.</summary>
    [NamesFile]
    public string? Vocabulary { get; init; }

    /// <summary>How a decoder of text is asked: <c>plain</c>, the task's words alone, or <c>chat</c>, as one message in the model's own chat template, to
    /// which the answer is the assistant's.</summary>
    [OneOf(Plain, Chat)]
    [KeyedUnless(Plain)]
    public string Prompt { get; init; } = Plain;

    /// <summary>Values of <see cref="Prompt"/>.</summary>
    public const string Plain = "plain", Chat = "chat";

    /// <summary>The files, folders and models on a hub that it names, each with its key.</summary>
    public IEnumerable<(string Key, string Path)> Named() =>
        from file in Files where file.GetValue(this) is string select (JsonNamingPolicy.CamelCase.ConvertName(file.Name), (string)file.GetValue(this)!);

    /// <summary>The same backbone with its files, folders and models called otherwise.</summary>
    public BackboneRecipe Renamed(Func<string, string> rename)
    {
        BackboneRecipe renamed = this with { };
        foreach (PropertyInfo file in Files)
            if (file.GetValue(this) is string path) file.SetValue(renamed, rename(path));
        return renamed;
    }

    private static readonly PropertyInfo[] Files =
        [.. typeof(BackboneRecipe).GetProperties().Where(property => property.IsDefined(typeof(NamesFileAttribute), inherit: false))];

    /// <summary>Shorter image side in pixels. Published: 384 (method §2.3).</summary>
    public int ImageSize { get; init; } = 384;

    /// <summary>Architecture values that differ from those the checkpoint states or the backbone's published ones.</summary>
    public JsonObject? Config { get; init; }

    /// <summary>Bottleneck of each in-layer adapter. Published: 96 (method §2.5).</summary>
    public int InLayerBottleneck { get; init; } = 96;

    /// <summary>Bottleneck of the adapter that replaces a skipped layer. Published: 192 (method §2.5).</summary>
    public int ReplacementBottleneck { get; init; } = 192;

    /// <summary>
    /// Whether a frozen image tower's output is computed once per picture and kept on disk, where pictures are not augmented:
    /// <c>no</c>, <c>float32</c> (the same bits) or <c>float16</c> (half the disk). METER at 384 pixels needs 1.8 MB per picture as float32.
    /// </summary>
    [OneOf("no", "float32", "float16")]
    public string KeepTowers { get; init; } = "no";
}

/// <summary>The task's data.</summary>
public sealed record BenchmarkRecipe
{
    /// <summary>A name from the benchmark catalog: <c>vqav2</c>, <c>nlvr2</c>, <c>f30k</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Folder or archive of the raw files; none for a benchmark that generates its own.</summary>
    [NamesFile]
    public string? Source { get; init; }

    /// <summary><c>stop</c> at the first broken input, or <c>skip</c> it, count it and go on.</summary>
    [OneOf("stop", "skip")]
    public string OnBadInput { get; init; } = "stop";

    /// <summary>Values that only this benchmark knows, checked by it (the size of a generated set, say).</summary>
    public JsonObject? Options { get; init; }
}

/// <summary>How adapters are trained (method §2.6).</summary>
public sealed record OptimizationRecipe
{
    /// <summary>Samples per optimizer step. Published: 256.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Samples per forward and backward pass; divides <see cref="Batch"/>. Published: 64.</summary>
    public int MicroBatch { get; init; } = 64;

    /// <summary>
    /// Whether language models keep only what enters each layer, and compute the layers again in the backward pass: the same bits
    /// from less memory, for about a third more time. LLaVA's published commands ask for it (method §7.4).
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Base learning rate. Published: 1e-4.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>The head's learning rate is this times the base. Published: 10.</summary>
    public double HeadMultiplier { get; init; } = 10;

    /// <summary>METER's cross-modal layers and poolers learn at this times the base. Published for METER: 5 (method §3.5); nothing of ViLT is meant.</summary>
    public double CrossModalMultiplier { get; init; } = 1;

    /// <summary>How parameters are grouped by rate and decay: <c>vilt</c> (METER too), <c>lavin</c> or <c>llava</c> (method §2.6, §4.6, §5.5).</summary>
    [OneOf("vilt", "lavin", "llava")]
    public string Grouping { get; init; } = "vilt";

    /// <summary>Learning rate of LLaVA's projector; none for that of the rest. Published for LLaVA: 2e-5 (method §7.4).</summary>
    public double? ProjectorLearningRate { get; init; }

    /// <summary>Whose AdamW: <c>hf</c> (transformers 4: ViLT, METER) or <c>torch</c> (LaVIN, LLaVA); method §9.7.</summary>
    [OneOf("hf", "torch")]
    public string Optimizer { get; init; } = "hf";

    /// <summary>Decoupled weight decay. Published: 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>First moment's decay. Published: 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Second moment's decay. Published: 0.98.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>AdamW's epsilon. Published: 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Largest norm of all gradients together; none for any. Published: none for ViLT, METER and LaVIN; 1 in LLaVA's trainer (method §5.5).</summary>
    public double? Clip { get; init; }

    /// <summary>How the learning rate falls after its rise: <c>linear</c>, or <c>cosine</c> (half a period; LaVIN, LLaVA).</summary>
    [OneOf("linear", "cosine")]
    public string Schedule { get; init; } = "linear";

    /// <summary>Where it ends. Published: 0.</summary>
    public double MinLearningRate { get; init; }

    /// <summary>Share of the optimizer steps over which the learning rate rises from 0. Published: 0.1.</summary>
    public double Warmup { get; init; } = 0.1;

    /// <summary>The rise in epochs, fractions allowed, instead of <see cref="Warmup"/>. Published for LaVIN: 1 to 4 (method §7.3).</summary>
    public double? WarmupEpochs { get; init; }

    /// <summary>The rise in optimizer steps, instead of <see cref="Warmup"/>. Published for LLaVA: 90, or 380 and 1140, longer than the runs
    /// themselves (method §8 B23).</summary>
    public int? WarmupSteps { get; init; }

    /// <summary>Dropout in the backbone while training. Published: 0.1 (method §2.1).</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Whether training pictures go through RandAugment(2, 9). Published: yes (method §2.3).</summary>
    public bool Augment { get; init; } = true;

    /// <summary>Drawn texts beside each right one, where texts are ranked. Published: 15 (method §2.4).</summary>
    public int Negatives { get; init; } = 15;
}

/// <summary>How the layers to skip are found (method §1, §2.7).</summary>
public sealed record SearchRecipe
{
    /// <summary><c>das</c> (learned), <c>random</c> (drawn once from the seed) or <c>fixed</c> (<see cref="SkipModule"/>).</summary>
    [OneOf("das", "random", "fixed")]
    public string Strategy { get; init; } = "das";

    /// <summary>m: how many layers to skip; 0 keeps all. Published search scripts: 1 for ViLT (method §7.1).</summary>
    public int Skip { get; init; } = 1;

    /// <summary>The layers to skip under <c>fixed</c>.</summary>
    public int[] SkipModule { get; init; } = [];

    /// <summary>K: subnetworks compared per preference update. Published: 3, LLaVA 5.</summary>
    public int Candidates { get; init; } = 3;

    /// <summary>T: micro-steps between preference updates. Published: 10, LLaVA 3; 0 is LaVIN's, a 150th of an epoch (method §1.6).</summary>
    public int Every { get; init; } = 10;

    /// <summary>eta of the preference update. Published: 1.0 (ViLT and METER), 0.05 (LaVIN), 0.1 (LLaVA).</summary>
    public double StepSize { get; init; } = 1.0;

    /// <summary>Length in epochs; fractions allowed. Published: 3.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Epochs before the first preference update. Published: 1.</summary>
    public double WarmupEpochs { get; init; } = 1;

    /// <summary>Micro-steps before the first preference update, instead of <see cref="WarmupEpochs"/>. LLaVA updates on its 380th: 379 (method §5.6,
    /// §7.4).</summary>
    public int? WarmupSteps { get; init; }

    /// <summary>Whether training begins with one skipped layer and comes to <see cref="Skip"/> in the first half of the warm-up. Published: only for
    /// LLaVA (method §5.6).</summary>
    public bool Curriculum { get; init; }

    /// <summary>Held-out samples per reward evaluation. Published: one micro-batch, 64.</summary>
    public int RewardBatch { get; init; } = 64;

    /// <summary>
    /// What the reward is the negative exponential of: the loss times this. Published: 1; with V answers, 1/V undoes the
    /// factor V in the VQA loss, under which exp(-loss) vanishes (method §8 B5).
    /// </summary>
    public double RewardScale { get; init; } = 1.0;

    public OptimizationRecipe Optimization { get; init; } = new();
}

/// <summary>How the found architecture is fine-tuned (method §2.8).</summary>
public sealed record FinetuneRecipe
{
    /// <summary>Length in epochs; fractions allowed. Published: 10.</summary>
    public double Epochs { get; init; } = 10;

    public OptimizationRecipe Optimization { get; init; } = new();
}

/// <summary>How the result is scored and its cost measured.</summary>
public sealed record EvaluateRecipe
{
    /// <summary>A split of the benchmark: <c>test</c> (scored where answers exist), <c>val</c>, or what else it publishes.</summary>
    [OneOf("test", "val", "dev", "test-dev")]
    public string Split { get; init; } = "test";

    /// <summary>Samples per forward pass. Published: 128 (method §7.1).</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Tokens that a decoder may add to a query; 0: as many as the benchmark's published evaluation allows (method §4.7).</summary>
    public int MaxNewTokens { get; init; }

    /// <summary>Temperature of a decoder's sampling; 0 takes the likeliest token. Published for LaVIN: 0.1 (method §4.7).</summary>
    public double Temperature { get; init; }

    /// <summary>Sampling draws from the likeliest tokens whose probabilities sum to this. Published for LaVIN: 0.75 (method §4.7).</summary>
    public double TopP { get; init; } = 0.75;

    /// <summary>Timed passes of the full and of the skipped model, taken in turn; the median counts. 0: do not time.</summary>
    public int TimingRounds { get; init; } = 10;
}
