using System.Text;

namespace Das.Training.Files;

/// <summary>Models from pretrained weights and from finished checkpoints, and finished checkpoints from models.</summary>
public static class ModelFiles
{
    /// <summary>Metadata keys of a checkpoint of ours.</summary>
    public const string NameKey = "das.backbone", ConfigKey = Checkpoint.ConfigKey, HeadsKey = "das.heads", SkipModuleKey = Checkpoint.SkipModuleKey,
        RecipeKey = "das.recipe", BackboneKey = "das.backbone_sha256", BenchmarkKey = "das.benchmark";

    /// <summary>The pretrained backbone with freshly initialised adapters and head, only those and the other published trainables learning (spec
    /// §2.5, §3.5).</summary>
    /// <param name="recipe">Which backbone and checkpoint, and the adapters' sizes.</param>
    /// <param name="heads">The task's.</param>
    /// <param name="tokenTypes">Rows of the token type table: 3 where a sample has two images.</param>
    /// <param name="dropout">Dropout while training.</param>
    /// <param name="seed">Seeds the new weights.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="removed">The layers a finished model does without; null while searching.</param>
    public static BackboneModel FromPretrained(
        BackboneRecipe recipe, TaskHeads heads, int tokenTypes, double dropout, int seed, Device device, SkipMask? removed)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(recipe.Checkpoint);
        using Checkpoint? vision = Part(recipe.VisionCheckpoint), text = Part(recipe.TextCheckpoint);
        if (checkpoint.Metadata.TryGetValue(SkipModuleKey, out string? finished) && finished != SkipMask.Empty.ToString() && finished != removed?.ToString())
            throw new DasException(ErrorKind.Checkpoint, $"'{checkpoint.Path}' was finished without the layers {finished}, so it cannot be "
                + $"{(removed is null ? "searched" : $"run without {removed} instead")}: give the weights it was made from, or its own skip list.");
        JsonObject config = ReadConfig(checkpoint, recipe);
        Set(config, "dropRate", dropout);
        Set(config, "tokenTypes", tokenTypes);
        manual_seed(unchecked((long)Seeds.Of(seed, "init", 0)));
        Backbone backbone = BackboneCatalog.Get(recipe.Name);
        ModelBounds.Check(backbone, config, heads, removed, [.. new[] { checkpoint, vision, text }.OfType<Checkpoint>()], whole: false);
        return On(device, backbone.Build(config, heads, removed), model =>
        {
            model.LoadPretrained(checkpoint, new(vision, text));
            model.FreezeForAdapters();
        });
    }

    /// <summary>A model fine-tuned by us, from its checkpoint alone.</summary>
    /// <param name="path">A file of <see cref="WriteFinetuned"/>.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="backboneSha256">Digest of the pretrained weights it was made from.</param>
    /// <exception cref="DasException">The file is not a fine-tuned checkpoint of ours.</exception>
    public static BackboneModel FromFinetuned(string path, Device device, out string backboneSha256)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        backboneSha256 = Required(checkpoint, BackboneKey);
        return On(device, Build(checkpoint, Stated(checkpoint, SkipModuleKey, SkipMask.Parse), whole: true),
            model => CheckpointLoader.LoadInto(model, checkpoint, LoadRules.Strict));
    }

    /// <summary>The layers that a fine-tuned checkpoint says it is without.</summary>
    /// <exception cref="DasException">The file is not a fine-tuned checkpoint of ours.</exception>
    public static SkipMask SkipModuleOf(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return Stated(checkpoint, SkipModuleKey, SkipMask.Parse);
    }

    /// <summary>A model of the same sizes and heads with nothing skipped and random weights: what a finished model's cost is compared with.</summary>
    /// <exception cref="DasException">The file is not a fine-tuned checkpoint of ours.</exception>
    public static BackboneModel Unskipped(string path, Device device)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return On(device, Build(checkpoint, SkipMask.Empty, whole: false), model => model.InitializeWeights());
    }

    /// <summary>Writes a finished model as one file that says what it is and where it comes from.</summary>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <param name="model">Built without the layers of <paramref name="skipModule"/>.</param>
    /// <param name="heads">Those it was built with.</param>
    /// <param name="recipe">The whole recipe; the file says of it what the fine-tune stage's key has.</param>
    /// <param name="skipModule">The layers that do not exist.</param>
    /// <param name="tokenTypes">As it was built with.</param>
    /// <param name="benchmark">Name and version of the data.</param>
    public static void WriteFinetuned(string path, BackboneModel model, TaskHeads heads, Recipe recipe, SkipMask skipModule, int tokenTypes, string benchmark)
    {
        using Checkpoint pretrained = CheckpointFiles.Open(recipe.Backbone.Checkpoint);
        JsonObject config = ReadConfig(pretrained, recipe.Backbone);
        Set(config, "tokenTypes", tokenTypes);
        SafetensorsWriter.Write(path, model.state_dict().Select(s => (s.Key, s.Value)), new Dictionary<string, string>
        {
            [NameKey] = recipe.Backbone.Name,
            [ConfigKey] = config.ToJsonString(),
            [HeadsKey] = JsonSerializer.Serialize(heads, JsonSerializerOptions.Web),
            [SkipModuleKey] = skipModule.ToString(),
            [RecipeKey] = CanonicalJson.Text(recipe.KeyPart(recipe.Finetune)),
            [BackboneKey] = BackboneFiles.WeightsDigest(recipe.Backbone),
            [BenchmarkKey] = benchmark,
        });
    }

    /// <summary>What the recipe's backbone is, before anything of it is built.</summary>
    /// <exception cref="DasException">A file is missing or damaged, or the recipe names an architecture value that does not exist.</exception>
    public static BackboneSizes Sizes(BackboneRecipe recipe)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(recipe.Checkpoint);
        using Checkpoint? vision = Part(recipe.VisionCheckpoint), text = Part(recipe.TextCheckpoint);
        JsonObject config = ReadConfig(checkpoint, recipe);
        BackboneFiles.CheckVocabulary(recipe, config);
        long elements = checkpoint.Elements + (vision?.Elements ?? 0) + (text?.Elements ?? 0);
        return new(BackboneCatalog.Get(recipe.Name).Candidates(config), elements, elements * ModelBounds.NumberBytes(config));
    }

    /// <summary>The architecture: the checkpoint's own statement, else the published one, with the recipe's changes.</summary>
    /// <exception cref="DasException">The recipe names an architecture value that does not exist.</exception>
    public static JsonObject ReadConfig(Checkpoint checkpoint, BackboneRecipe recipe)
    {
        Backbone backbone = BackboneCatalog.Get(recipe.Name);
        JsonObject own = new() { ["inLayerBottleneck"] = recipe.InLayerBottleneck, ["replacementBottleneck"] = recipe.ReplacementBottleneck };
        if (backbone.PositionsFollowImage) own["imageSize"] = recipe.ImageSize;
        KeyValuePair<string, string>[] tokenized = [.. backbone.TokenizedValues.Where(value => recipe.Config?.ContainsKey(value.Key) != true)];
        if (tokenized.Length > 0)
        {
            DecoderTokenizer tokenizer = BackboneFiles.DecoderTokenizer(BackboneFiles.Vocabulary(recipe));
            foreach ((string key, string text) in tokenized) own[key] = JsonSerializer.SerializeToNode(tokenizer.Encode(text));
            if (backbone.OpeningValue is { } opening && tokenizer.Encode("", bos: true).Length is not 1 and var tokens) own[opening] = tokens;
        }
        foreach ((string key, JsonNode? value) in recipe.Config ?? []) own[key] = value?.DeepClone();
        return backbone.Configure(Stated(checkpoint, recipe), own, "backbone.config", checkpoint.Path);
    }

    /// <summary>What the checkpoint says of its architecture, and the towers' files of theirs.</summary>
    private static JsonObject Stated(Checkpoint checkpoint, BackboneRecipe recipe)
    {
        using Checkpoint? vision = Part(recipe.VisionCheckpoint), text = Part(recipe.TextCheckpoint);
        return Stated((checkpoint, ConfigKey), (vision, Checkpoint.VisionKey), (text, Checkpoint.TextKey));
    }

    /// <summary>What files say of a model's architecture, the last one's word counting.</summary>
    /// <param name="files">Each with the key of its metadata; null where there is none.</param>
    /// <exception cref="DasException">A statement is damaged.</exception>
    internal static JsonObject Stated(params IReadOnlyList<(Checkpoint? File, string Key)> files)
    {
        JsonObject all = [];
        foreach ((Checkpoint? file, string key) in files)
            if (file?.Metadata.ContainsKey(key) == true)
                foreach ((string name, JsonNode? value) in Stated(file, key, Json)) all[name] = value?.DeepClone();
        return all;
    }

    private static Checkpoint? Part(string? path) => path is null ? null : CheckpointFiles.Open(path);

    /// <summary>A model with its weights; one that cannot be filled leaves nothing in memory.</summary>
    private static BackboneModel On(Device device, BackboneModel model, Action<BackboneModel> fill)
    {
        try
        {
            fill(model);
            model.to(device);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A value for those families that have it.</summary>
    private static void Set(JsonObject config, string key, JsonNode value)
    {
        if (config.ContainsKey(key)) config[key] = value;
    }

    /// <param name="checkpoint">What states the model.</param>
    /// <param name="removed">The layers it does without.</param>
    /// <param name="whole">Whether it is to be filled from the checkpoint.</param>
    private static BackboneModel Build(Checkpoint checkpoint, SkipMask removed, bool whole)
    {
        Backbone backbone = Stated(checkpoint, NameKey, BackboneCatalog.Get);
        JsonObject config = backbone.Configure(Stated(checkpoint, ConfigKey, Json), null, "backbone.config", checkpoint.Path);
        TaskHeads heads = Stated(checkpoint, HeadsKey, text => JsonSerializer.Deserialize<TaskHeads>(text, JsonSerializerOptions.Web)
            ?? throw new JsonException("it is null"));
        ModelBounds.Check(backbone, config, heads, removed, whole ? [checkpoint] : [], whole);
        return backbone.Build(config, heads, removed);
    }

    private static JsonObject Json(string text)
    {
        (JsonElement? value, int _, string reason) = JsonText.Parse(Encoding.UTF8.GetBytes(text));
        return value is { ValueKind: JsonValueKind.Object } members ? JsonObject.Create(members)!
            : throw new JsonException(reason.Length > 0 ? reason : "it is no object in braces.");
    }

    /// <summary>What a text of the checkpoint's metadata says.</summary>
    /// <exception cref="DasException">It is missing or damaged.</exception>
    private static T Stated<T>(Checkpoint checkpoint, string key, Func<string, T> read)
    {
        const int longest = 1 << 16, shown = 80;
        string text = Required(checkpoint, key);
        try
        {
            return text.Length <= longest ? read(text) : throw new FormatException($"it has {text.Length} characters");
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or DasException)
        {
            throw new DasException(ErrorKind.Checkpoint, $"'{checkpoint.Path}' states '{key}' in its metadata as "
                + $"{(text.Length > shown ? text[..shown] + "…" : text)}, "
                + $"which cannot be read: {e.Message} Copy the file again, or make it again.", e);
        }
    }

    private static string Required(Checkpoint checkpoint, string key) => checkpoint.Metadata.TryGetValue(key, out string? value) ? value
        : throw new DasException(ErrorKind.Checkpoint,
            $"{checkpoint.Path}: no '{key}' in its metadata, so it is no checkpoint of the fine-tune stage. Run the recipe to "
            + "make one.");
}

/// <summary>What a backbone's files and its recipe's section say of it.</summary>
/// <param name="Candidates">N, the layers that may be skipped.</param>
/// <param name="Elements">Numbers in its pretrained weights.</param>
/// <param name="Bytes">What these take in memory, in the type that the model holds them in.</param>
public sealed record BackboneSizes(int Candidates, long Elements, long Bytes);
