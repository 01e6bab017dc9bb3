using System.Text.Json.Nodes;
using Das.Benchmarks.Arrow;
using Das.Benchmarks.Tasks;
using Das.Benchmarks.Text;
using Das.Training;
using Das.Training.Files;

namespace Das.Cli.Init;

/// <summary>A recipe for one's own data and model: lengths from the texts, batches from the number of samples and the memory, the rest as published.</summary>
/// <param name="data">Read.</param>
/// <param name="model">Recognised.</param>
internal sealed class FittedRecipe(LookedData data, LookedModel model)
{
    /// <summary>What a graphics card is taken to have, as its memory cannot be asked for here.</summary>
    private const long GraphicsMemory = 16L << 30;

    /// <summary>Optimizer steps of fine-tuning that are aimed at, and of an epoch at least.</summary>
    private const int Steps = 400, StepsAnEpoch = 20;

    /// <summary>How a family is trained as published (method §2.6, §3.5, §4.6, §5.5).</summary>
    private sealed record Training(int Batch, string Grouping, string Optimizer, double Beta2, double WeightDecay, string Schedule, double Warmup);

    /// <summary>How fast a family learns a task as published.</summary>
    private sealed record Rates(double Search, double Finetune, double Head = 1, double CrossModal = 1);

    private static readonly Dictionary<string, Training> Published = new()
    {
        ["vilt"] = new(256, "vilt", "hf", 0.98, 0.01, "linear", 0.1),
        ["meter"] = new(512, "vilt", "hf", 0.98, 0.01, "linear", 0.1),
        ["llama"] = new(32, "lavin", "torch", 0.95, 0.02, "cosine", 0.05),
        ["lavin"] = new(32, "lavin", "torch", 0.95, 0.02, "cosine", 0.05),
        ["llava"] = new(128, "llava", "torch", 0.999, 0, "cosine", 0.03),
    };

    private Rates PublishedRates => (model.Recipe.Name, Ranks) switch
    {
        ("vilt", false) => new(1e-4, 1e-4, Head: 10),
        ("vilt", true) => new(5e-4, 5e-4),
        ("meter", false) => new(2.5e-5, 2.5e-5, Head: 50, CrossModal: 5),
        ("meter", true) => new(5e-5, 5e-5, Head: 5, CrossModal: 5),
        ("llama", _) => new(1.25e-5, 1.25e-5),
        ("lavin", _) => new(1.125e-3, 1.125e-3),
        _ => new(2e-4, 6e-4),
    };

    /// <summary>As in the recipes of this repository's small models.</summary>
    private Rates SmallRates => model.Decodes ? new(1e-2, 1e-2) : Ranks ? new(5e-4, 5e-4) : new(1e-3, 1e-3, Head: 10);

    private readonly CommentedRecipe recipe = new();
    private readonly List<string> notes = [.. data.Notes];

    /// <summary>What a person should know beside what the recipe says.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <param name="name">What it is called.</param>
    /// <param name="source">The data's folder, as it was given.</param>
    public string ToText(string name, string source)
    {
        Lengths lengths = model.Decodes ? Decoded() : Fused();
        recipe.Add("name", name, "what lists and tables call it");
        string folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(source));
        recipe.Add("description", $"{model.Recipe.Name} on {folder}, by das init", "one sentence for das recipes");
        Backbone(lengths);
        recipe.Add("benchmark.name", data.Benchmark, $"samples: {string.Join(", ", data.Rows.Keys.Select(split => $"{split} {data.Samples(split)}"))}");
        recipe.Add("benchmark.source", source, "the folder as it was given; a relative path starts at the working directory");
        foreach ((string key, JsonNode? value) in data.Options)
            recipe.Add($"benchmark.options.{key}", value!.DeepClone(), data.Reasons.GetValueOrDefault(key, "where pictures are; empty: the source itself"));
        recipe.Add("benchmark.options.valPercent", 10, "held out for the search's reward where no file or column says which rows");
        recipe.Add("benchmark.options.testPercent", 20, "tested on where no file or column says which rows");
        recipe.Add("benchmark.options.seed", 0, "draws them");
        Stages(lengths);
        const string heading = "Written by das init from the data and the model; every value may be changed. das recipes FILE shows those not stated here.";
        return recipe.ToText([heading, .. notes.Select(note => $"Note: {note}")]);
    }

    /// <param name="Config">Sizes that the texts ask for.</param>
    /// <param name="Positions">Of one sample in the model.</param>
    /// <param name="NewTokens">What an answer takes at evaluation; 0 where none is written.</param>
    private sealed record Lengths(IReadOnlyList<(string Key, int Value, string Why)> Config, int Positions, int NewTokens);

    private Lengths Fused()
    {
        Tokenizer tokenizer = BackboneFiles.Tokenizer(BackboneFiles.Vocabulary(model.Recipe));
        int[] tokens = [.. data.Rows.Values.SelectMany(rows => rows).SelectMany(Texts).AsParallel().Select(text => tokenizer.Tokenize(text).Count + 2).Order()];
        int known = (int)model.Config["maxTextLength"]!, longest = tokens[^1];
        bool grows = model.Recipe.Name == "meter" && longest > known; // Its text tower has more positions than the published recipes use.
        int room = grows ? Math.Min(Multiple(longest), (int)model.Config["textPositions"]! - 2) : known;
        if (tokens.Count(length => length > room) is > 0 and var cut)
            notes.Add($"{cut} of {tokens.Length} texts are longer than {room} tokens and lose their end.");
        string seen = $"the longest text has {longest} tokens, half of them {tokens[tokens.Length / 2]} or less";
        (string, int, string)[] config = grows ? [("maxTextLength", room, seen)] : [];
        if (!grows && longest <= room) notes.Add($"{seen}; the model reads {room}.");
        return new(config, room + model.PicturePositions, 0);
    }

    private static IEnumerable<string> Texts(RowContent row) => row switch
    {
        VqaRow asked => asked.Questions.Select(question => question.Text),
        CaptionRow captioned => captioned.Captions,
        _ => [],
    };

    private Lengths Decoded()
    {
        TextForm form = BackboneFiles.Form(model.Recipe, BackboneFiles.Vocabulary(model.Recipe));
        int picture = data.HasPictures ? model.PicturePositions : 0;
        (int Whole, int Asked, int Answer)[] lengths = [.. data.Rows.Values.SelectMany(rows => rows).Cast<LanguageRow>().AsParallel().Select(row =>
        {
            LanguageSample sample = new(row.Id, row.Prompt, row.Target, row.Query, row.Choices, row.Letters, row.Expected,
                picture > 0 ? new byte[1] : default, row.Facts);
            int width = (4 * (row.Prompt.Length + row.Target.Length + sample.Earlier.Sum(turn => turn.Length))) + 512; // A character is four bytes at most.
            return (form.Training(sample, width).Length, form.Query(sample).Length, form.Choice(sample, row.Target).Length);
        })];
        int written = lengths.Max(length => length.Answer) + 4, longest = lengths.Max(length => Math.Max(length.Whole, length.Asked + written)) + picture + 16;
        int trained = Math.Max((int)model.Config["maxLength"]!, model.IsSmall ? 0 : 2048), room = Math.Min(trained, Multiple(longest));
        if (lengths.Count(length => length.Whole + picture + 16 > room) is > 0 and var cut)
            notes.Add($"{cut} of {lengths.Length} texts are longer than the {room} positions that the weights were trained with; they lose their end, and "
                + "those that lose all of their answer teach nothing.");
        int half = lengths.Select(length => length.Whole).Order().ElementAt(lengths.Length / 2);
        string seen = $"the longest text with its answer{(picture > 0 ? " and picture" : "")} takes {longest} positions, half of them {half + picture} or less";
        return new([("maxLength", room, seen)], room, written);
    }

    private void Backbone(Lengths lengths)
    {
        BackboneRecipe backbone = model.Recipe;
        recipe.Add("backbone.name", backbone.Name, model.Reasons["name"]);
        recipe.Add("backbone.checkpoint", Written(backbone.Checkpoint),
            $"{model.Sizes.Elements:N0} weights, {model.Sizes.Candidates} layers that may be skipped");
        recipe.Add("backbone.visionCheckpoint", Written(backbone.VisionCheckpoint), "the image tower as it was given");
        recipe.Add("backbone.vocabulary", Written(backbone.Vocabulary), model.Reasons.GetValueOrDefault("vocabulary", "as it was given"));
        if (model.PicturePositions > 0) recipe.Add("backbone.imageSize", backbone.ImageSize, model.Reasons.GetValueOrDefault("imageSize", "published"));
        recipe.Add("backbone.inLayerBottleneck", backbone.InLayerBottleneck, model.Reasons["inLayerBottleneck"]);
        recipe.Add("backbone.replacementBottleneck", backbone.ReplacementBottleneck, model.Reasons["replacementBottleneck"]);
        if (Keeps is { } kept) recipe.Add("backbone.keepTowers", "float32", kept);
        foreach ((string key, JsonNode? value) in backbone.Config ?? []) recipe.Add($"backbone.config.{key}", value!.DeepClone(), model.Reasons[key]);
        foreach ((string key, int value, string why) in lengths.Config) recipe.Add($"backbone.config.{key}", value, why);
    }

    private string? Written(string? path) => path is null ? null : model.Named.GetValueOrDefault(path, path);

    /// <summary>Why a frozen image tower's output is kept; null where it is not.</summary>
    private string? Keeps
    {
        get
        {
            if (!data.HasPictures || Augments || model.Recipe.Name is not ("meter" or "llava")) return null;
            long pictures = data.Rows.Values.Sum(rows => rows.Length);
            double gigabytes = pictures * model.PicturePositions * (double)(int)model.Config["clipWidth"]! * sizeof(float) / 1e9;
            return gigabytes <= 20 ? $"the frozen image tower computes each picture once; at most {gigabytes:0.##} GB of disk" : null;
        }
    }

    /// <summary>As published for the encoders; the small models' recipes leave pictures as they are.</summary>
    private bool Augments => !model.Decodes && !model.IsSmall;

    private bool Ranks => data.Benchmark == "captions";

    private void Stages(Lengths lengths)
    {
        Training published = Published[model.Recipe.Name];
        int train = data.Samples("train"), negatives = Ranks ? model.IsSmall ? 7 : 15 : 0;
        int batch = Math.Clamp(PowerOfTwo(train / StepsAnEpoch), 4, published.Batch);
        (int micro, string fits) = MicroBatch(batch, lengths.Positions * (1 + negatives));
        double stepsAnEpoch = Math.Max(1, (double)train / batch), epochs = Math.Round(Math.Clamp(Steps / stepsAnEpoch, 1, 10));
        double searchEpochs = Math.Max(1, Math.Round(epochs / 2)), warmup = searchEpochs / 2;
        int every = Math.Clamp((int)(train / micro * (searchEpochs - warmup) / 10), 1, 10), reward = Math.Min(64, data.Samples("val"));

        recipe.Add("search.skip", Math.Max(1, model.Sizes.Candidates / 6), $"a sixth of {model.Sizes.Candidates} layers; das sweep compares several");
        recipe.Add("search.epochs", searchEpochs, "half of fine-tuning");
        recipe.Add("search.warmupEpochs", warmup, "half of the search: an untrained head prefers to skip what is next to it");
        recipe.Add("search.every", every, "so that the preferences are updated about ten times or more");
        recipe.Add("search.rewardBatch", reward, $"held-out samples a reward is measured on; there are {data.Samples("val")}");
        Rates rates = model.IsSmall ? SmallRates : PublishedRates;
        Optimization("search", rates.Search);
        recipe.Add("finetune.epochs", epochs, $"about {epochs * stepsAnEpoch:0} optimizer steps");
        Optimization("finetune", rates.Finetune);
        recipe.Add("evaluate.batch", Math.Min(128, micro * 4), "no gradients are kept, so four micro-batches fit");
        if (lengths.NewTokens > 0) recipe.Add("evaluate.maxNewTokens", lengths.NewTokens, "the longest expected answer, and a few tokens more");
        recipe.Add("evaluate.timingRounds", 10, "timed passes with and without the skipped layers; the median counts");

        void Optimization(string stage, double rate)
        {
            const string asPublished = "published";
            string at = $"{stage}.optimization.";
            recipe.Add(at + "batch", batch, $"published {published.Batch}; at least {StepsAnEpoch} optimizer steps an epoch of {train} samples");
            recipe.Add(at + "microBatch", micro, fits);
            recipe.Add(at + "learningRate", rate, model.IsSmall ? "as for the small models of this repository" : $"published for batches of {published.Batch}");
            if (!model.Decodes) recipe.Add(at + "headMultiplier", rates.Head, Ranks ? "its head is pretrained" : "its head is new");
            if (model.Recipe.Name == "meter") recipe.Add(at + "crossModalMultiplier", rates.CrossModal, model.IsSmall ? "published: 5" : "published");
            if (Ranks) recipe.Add(at + "negatives", negatives, "drawn captions beside each right one; published: 15");
            recipe.Add(at + "grouping", published.Grouping, "the family's own");
            recipe.Add(at + "optimizer", published.Optimizer, asPublished);
            recipe.Add(at + "beta2", published.Beta2, asPublished);
            recipe.Add(at + "weightDecay", published.WeightDecay, asPublished);
            recipe.Add(at + "schedule", published.Schedule, asPublished);
            recipe.Add(at + "warmup", published.Warmup, "published: the share of the steps over which the rate rises");
            recipe.Add(at + "dropout", model.IsSmall ? 0 : 0.1, model.IsSmall ? "a small model has nothing to spare; published: 0.1" : "published");
            recipe.Add(at + "augment", Augments, Augments ? "published: RandAugment" : "published for the encoders: true; pictures stay as they are");
        }
    }

    /// <summary>
    /// The largest power of two of which weights and activations take half of the memory. A layer keeps about 34 values a position and unit of width for
    /// its gradients, and 5 a head and pair of positions (Korthikanti et al. 2022, https://arxiv.org/abs/2205.05198, §4.1, in values of two bytes).
    /// </summary>
    private (int Size, string Why) MicroBatch(int batch, int positions)
    {
        bool cpu = Devices.IsCpu("auto");
        long memory = cpu ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : GraphicsMemory;
        int bytes = (string?)model.Config["dtype"] is null or "float32" ? sizeof(float) : sizeof(ushort);
        double heads = (int)(model.Config["heads"] ?? model.Config["numHeads"])!;
        double sample = (double)model.Sizes.Candidates * positions * bytes / 2 * ((34.0 * model.Width) + (5 * heads * positions));
        int size = batch;
        while (size > 1 && model.Sizes.Bytes + (size * sample) > memory / 2) size /= 2;
        string rule = $"weights {Giga(model.Sizes.Bytes)}, about {Giga(sample)} a sample of {positions} positions; half of {Giga(memory)} "
            + (cpu ? "of memory" : "that the graphics card is taken to have");
        if (model.Sizes.Bytes + sample > memory / 2)
            notes.Add($"Not even one sample fits: {rule}. Take a smaller model, or a decoder's matrices as int8 and recompute: true.");
        return (size, rule);
    }

    private static string Giga(double bytes) => bytes >= 1e9 ? $"{bytes / 1e9:0.#} GB" : $"{bytes / 1e6:0.#} MB";

    private static int PowerOfTwo(int atMost) => atMost < 1 ? 1 : 1 << (int)Math.Log2(atMost);

    private static int Multiple(int length) => (length + 15) / 16 * 16;
}
