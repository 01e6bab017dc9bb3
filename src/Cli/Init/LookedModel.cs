using System.Text.Json.Nodes;
using Das.Models;
using Das.Models.Backbones;
using Das.Models.Checkpoints;
using Das.Models.Decoders;
using Das.Training.Files;

namespace Das.Cli.Init;

/// <summary>A pretrained model, recognised by its tensors, with adapters of the published shares of its width.</summary>
/// <param name="Recipe">Names its files, sizes and adapters.</param>
/// <param name="Config">Its whole architecture.</param>
/// <param name="Sizes">What it takes.</param>
/// <param name="Reasons">Key of <paramref name="Recipe"/> or of its config → why it has its value.</param>
internal sealed record LookedModel(BackboneRecipe Recipe, JsonObject Config, BackboneSizes Sizes, IReadOnlyDictionary<string, string> Reasons)
{
    private const string Projector = "mm_projector", Llava = "llava";

    private static readonly string[] WeightEndings = [".safetensors", ".ckpt", ".pth", ".pt", ".bin"], VocabularyPatterns = ["*.model", "tok*.bin"];

    /// <summary>A part of every tensor's name that only one family has; the first that is there counts.</summary>
    private static readonly (string Part, string Backbone)[] Marks =
        [("cross_modal_image_layers.", "meter"), ("transformer.blocks.", "vilt"), (Projector, Llava), ("tok_embeddings.weight", "llama")];

    /// <summary>Path of this machine → what a recipe calls it: the name on a hub that it was downloaded by.</summary>
    public IReadOnlyDictionary<string, string> Named { get; init; } = new Dictionary<string, string>();

    /// <summary>It continues texts; else it fuses a text with a picture.</summary>
    public bool Decodes => Config.ContainsKey("dim");

    /// <summary>The width of its hidden states.</summary>
    public int Width => (int)(Config["dim"] ?? Config["hiddenSize"])!;

    /// <summary>It was pretrained small, so that the published rates of learning are too low for it.</summary>
    public bool IsSmall => Width <= 256;

    /// <summary>Positions that one picture takes.</summary>
    public int PicturePositions => Recipe.Name switch
    {
        "lavin" => (int)Config["clipLayers"]! / (int)Config["clipEvery"]!,
        _ => Config["patchSize"] is { } patch ? (int)Math.Pow(Recipe.ImageSize / (int)patch, 2) : 0,
    };

    /// <param name="path">The file or folder of the weights.</param>
    /// <param name="vision">The image tower's, where it has a file of its own.</param>
    /// <param name="vocabulary">The tokenizer's, where it is not beside the weights.</param>
    /// <param name="family">The backbone's name; null to recognise it.</param>
    /// <exception cref="DasException">It is no model that is known, or lacks a file; the message says what was looked for.</exception>
    public static LookedModel At(string path, string? vision, string? vocabulary, string? family)
    {
        path = WeightsIn(path);
        using Checkpoint weights = CheckpointFiles.Open(path);
        if (weights.Metadata.ContainsKey(ModelFiles.NameKey)) throw new DasException(ErrorKind.Checkpoint,
            $"'{path}' is a finished model of a run: give the pretrained weights that it was made from.");
        using Checkpoint? tower = vision is null ? null : CheckpointFiles.Open(vision);
        Backbone backbone = BackboneCatalog.Get(family ?? Recognise(weights, tower is not null));
        Dictionary<string, string> reasons = new() { ["name"] = family is null ? "recognised by the names of its tensors" : "as asked for" };
        JsonObject changes = [];
        if (weights is Llama2CFile) Change("endOfText", 1, "llama2.c's models saw only the begin between texts, never the end");
        int? side = tower is null ? (int?)Own(weights, backbone)["imageSize"] : Tower(tower, backbone, Change);
        if (tower is not null && backbone.Name == Llava && !weights.Names.Any(name => name.Contains(Projector, StringComparison.Ordinal)))
            Change("newProjector", true, "the weights are a LLaMA's, without a projector of pictures: a new one is learnt");
        if (tower is null && backbone.Name is Llava or "lavin") throw new DasException(ErrorKind.Usage,
            $"{backbone.Name} reads pictures by an image tower that has a file of its own: name it by --vision (for LLaVA the folder of "
            + "openai/clip-vit-large-patch14-336, for LaVIN OpenAI's ViT-L-14.pt).");

        JsonObject own = Own(weights, backbone), published = backbone.Published;
        string width = published.ContainsKey("dim") ? "dim" : "hiddenSize";
        (int inLayer, int replacement) = ((int)published["inLayerBottleneck"]!, (int)published["replacementBottleneck"]!);
        ThrowIfUnlike(weights, (int)own[width]!, (int)published[width]!);
        int bottleneck = Math.Max(8, (int)Math.Round((double)inLayer * (int)own[width]! / (int)published[width]! / 8) * 8);
        reasons["inLayerBottleneck"] = $"published {inLayer} at width {published[width]}; the same share of {own[width]}, a multiple of 8";
        reasons["replacementBottleneck"] = $"published {replacement}, {replacement / inLayer} times the one within a layer";
        BackboneRecipe recipe = new()
        {
            Name = backbone.Name, Checkpoint = path, VisionCheckpoint = vision, Vocabulary = vocabulary, ImageSize = side ?? new BackboneRecipe
            { Name = "", Checkpoint = "" }.ImageSize,
            Config = changes.Count > 0 ? changes : null, InLayerBottleneck = bottleneck, ReplacementBottleneck = bottleneck * (replacement / inLayer),
        };
        if (side is not null) reasons["imageSize"] = "what its positions were trained for";
        recipe = WithVocabulary(recipe, reasons);
        return new(recipe, ModelFiles.ReadConfig(weights, recipe), ModelFiles.Sizes(recipe), reasons);

        void Change(string key, JsonNode value, string why)
        {
            changes[key] = value;
            reasons[key] = why;
        }
    }

    /// <summary>The file itself, or the one file of weights in a folder of no layout that is known.</summary>
    private static string WeightsIn(string path)
    {
        if (!Path.Exists(path)) throw new DasException(ErrorKind.Usage, $"'{path}' does not exist: give the file or folder of the pretrained weights.");
        if (!Directory.Exists(path) || File.Exists(Path.Combine(path, "config.json"))) return path;
        string[] files = [.. Directory.EnumerateFiles(path).Where(file => WeightEndings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
        return files is [var one] ? one : path;
    }

    private static string Recognise(Checkpoint weights, bool tower)
    {
        string? known = Marks.FirstOrDefault(mark => weights.Names.Any(name => name.Contains(mark.Part, StringComparison.Ordinal))).Backbone;
        return known == "llama" && tower ? Llava : known ?? throw new DasException(ErrorKind.Checkpoint,
            $"'{weights.Path}' is no model that is known: looked for tensors called "
            + $"{string.Join(", ", Marks.Select(mark => $"{mark.Part}… ({mark.Backbone})"))} and found {string.Join(", ", weights.Names.Take(3))} …"
            + " If it is one of these all the same, name it by --backbone.");
    }

    /// <exception cref="DasException">The weights are of another width than their file says, or than is published where it says nothing.</exception>
    private static void ThrowIfUnlike(Checkpoint weights, int width, int published)
    {
        string? table = weights.Names.FirstOrDefault(name =>
            name == "tok_embeddings.weight" || name.EndsWith("word_embeddings.weight", StringComparison.Ordinal));
        if (table is null || weights.Shape(table) is not [_, var own] || own == width) return;
        throw new DasException(ErrorKind.Checkpoint, $"'{weights.Path}' says nothing of its sizes, and its width is {own} where the published is {published}: "
            + "give the folder with its config.json or params.json, or write the recipe by hand with the sizes under backbone.config.");
    }

    private static JsonObject Own(Checkpoint weights, Backbone backbone) => backbone.Configure(
        weights.Metadata.TryGetValue(Checkpoint.ConfigKey, out string? stored) ? JsonNode.Parse(stored)!.AsObject() : null, null, "backbone.config");

    /// <summary>The sizes of an image tower in CLIP's form, where they differ from the published ones; a file that states them itself is read where the
    /// model is.</summary>
    /// <returns>The side of its images in pixels; null where it has no such form.</returns>
    private static int? Tower(Checkpoint tower, Backbone backbone, Action<string, JsonNode, string> change)
    {
        if (tower.Metadata.TryGetValue(Checkpoint.VisionKey, out string? stated)) return (int?)JsonNode.Parse(stated)!["pictures"]?["crop"];
        if (Named("visual.conv1.weight") is not { } patches || Named("visual.positional_embedding") is not { } positions) return null;
        const string seen = "read off the image tower's tensors";
        (int width, int patch) = ((int)tower.Shape(patches)[0], (int)tower.Shape(patches)[^1]);
        int layers = tower.Names.Select(name => name.Split(".resblocks.")).Where(parts => parts.Length == 2).Select(parts => parts[1].Split('.')[0])
            .Distinct().Count();
        JsonObject? stored = tower.Metadata.TryGetValue(Checkpoint.ConfigKey, out string? text) ? JsonNode.Parse(text)!.AsObject() : null;
        Differs("patchSize", patch, seen);
        Differs("clipWidth", width, seen);
        Differs("clipLayers", layers, seen);
        if ((int?)stored?["clipHeads"] is { } heads) Differs("clipHeads", heads, "as the image tower's file says");
        else Differs("clipHeads", Math.Max(1, width / 64), "CLIP's heads are 64 wide");
        int side = patch * (int)Math.Round(Math.Sqrt(tower.Shape(positions)[0] - 1));
        if (!backbone.PositionsFollowImage) Differs("imageSize", side, seen);
        return side;

        string? Named(string end) => tower.Names.FirstOrDefault(name => name.EndsWith(end, StringComparison.Ordinal));
        void Differs(string key, int value, string why)
        {
            if (backbone.Published.ContainsKey(key) && (int)backbone.Published[key]! != value) change(key, value, why);
        }
    }

    /// <summary>The recipe with the tokenizer's file, where it must be named.</summary>
    private static BackboneRecipe WithVocabulary(BackboneRecipe recipe, Dictionary<string, string> reasons)
    {
        try
        {
            BackboneFiles.Vocabulary(recipe);
            return recipe;
        }
        catch (DasException missing)
        {
            string folder = Directory.Exists(recipe.Checkpoint) ? recipe.Checkpoint : Path.GetDirectoryName(Path.GetFullPath(recipe.Checkpoint))!;
            string[] beside = [.. VocabularyPatterns.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)).Where(file => file != recipe.Checkpoint)];
            string several = beside.Length > 1 ? $"; it holds {string.Join(" and ", beside.Select(Path.GetFileName))}" : "";
            if (beside is not [var one])
                throw new DasException(ErrorKind.Usage, $"{missing.Message.Split(". ")[0]}{several}. Name the tokenizer's file by --vocabulary.", missing);
            reasons["vocabulary"] = "the only file beside the weights that may be a tokenizer's";
            return recipe with { Vocabulary = one };
        }
    }
}
