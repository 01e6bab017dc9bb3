using Das.Tests.Checkpoints;

namespace Das.Tests.Training;

/// <summary>A METER whose towers come from files of their own and stay as they are, pretrained on captions.</summary>
public sealed class PretrainingTests : FolderTest
{
    private const int Steps = 4;

    [Fact]
    public void Only_what_stands_on_the_towers_is_trained_and_written_and_its_parts_are_named_by_their_digests()
    {
        PretrainRecipe recipe = Recipe("whole");
        Run(recipe, "work");
        using Checkpoint file = Checkpoint.Open(folder["whole/model.safetensors"]);
        Assert.DoesNotContain(file.Names, name => name.StartsWith("vit_model") || name.StartsWith("text_transformer") || name.Contains("adapter"));
        Assert.Equal(CheckpointFiles.Digest(recipe.VisionCheckpoint!), file.Metadata["das.vision_sha256"]);
        Assert.Equal(CheckpointFiles.Digest(recipe.TextCheckpoint!), file.Metadata["das.text_sha256"]);
        Assert.Equal(64, file.Metadata["das.captions_sha256"].Length);

        BackboneRecipe backbone = new() { Name = "meter", Checkpoint = folder["whole/model.safetensors"], VisionCheckpoint = recipe.VisionCheckpoint,
            TextCheckpoint = recipe.TextCheckpoint, ImageSize = 16, InLayerBottleneck = 4, ReplacementBottleneck = 6 };
        using BackboneModel model = ModelFiles.FromPretrained(backbone, new(VqaAnswers: 3), 2, 0, 0, CPU, null);
        using Checkpoint text = CheckpointFiles.Open(recipe.TextCheckpoint!);
        Tolerance.Exact.Check("text", text.Read("embeddings.word_embeddings.weight"),
            model.state_dict()["text_transformer.embeddings.word_embeddings.weight"]);
        Assert.Equal("dinov2", (string?)ModelFiles.ReadConfig(file, backbone)["visionTower"]);
    }

    [Fact]
    public void Kept_features_and_an_interruption_change_no_bit()
    {
        PretrainRecipe recipe = Recipe("whole");
        Run(recipe, "work");
        Run(recipe with { Output = folder["kept"], KeepTowers = "float32" }, "kept-work");
        Assert.Single(Directory.EnumerateFiles(folder["kept-work/towers"], "*.arrow"));

        using CancellationTokenSource cut = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(recipe with { Output = folder["cut"] }, "cut-work", cut, after: 2));
        Run(recipe with { Output = folder["cut"] }, "cut-work");
        byte[][] weights = [.. new[] { "whole", "kept", "cut" }.Select(name => Weights(folder[$"{name}/model.safetensors"]))];
        Assert.Equal(weights[0], weights[1]);
        Assert.Equal(weights[0], weights[2]);
    }

    [Fact]
    public void A_wrong_caption_is_another_picture_s_and_every_picture_is_shown_once_an_epoch()
    {
        using CaptionFiles pairs = new(Recipe("x"), _ => new(new byte[3], 1, 1, 3), PixelbertTransform.Normalization, null, folder.Path, (_, _) => { }, Token);
        string[] first = [.. Enumerable.Range(0, 6).Select(pair => string.Concat(pairs.Captions(pair)))];
        Assert.Equal(6, first.Distinct().Count());
        Assert.Equal(first.Order(), Enumerable.Range(6, 6).Select(pair => string.Concat(pairs.Captions(pair))).Order());
        for (int pair = 0; pair < 30; pair++) Assert.DoesNotContain(pairs.Wrong(pair, 0), pairs.Captions(pair));
        Assert.Equal(pairs.Wrong(7, 0), pairs.Wrong(7, 0));
    }

    [Fact]
    public void A_vocabulary_of_another_size_than_the_tower_s_and_data_without_captions_are_refused()
    {
        folder.Write("few.txt", string.Join('\n', File.ReadLines(TinyMeter.Vocabulary).Take(40)));
        Refuses.Recipe("give the one that the tower was trained with", () => new Pretraining(Recipe("x") with { Vocabulary = folder["few.txt"] }).Dispose());
        Refuses.Recipe("captions[0].name is shapes, a benchmark of vqa", () => Run(Recipe("x") with { Captions = [new() { Name = "shapes" }] }, "work"));
    }

    [Fact]
    public void A_tokenizer_json_of_the_same_pieces_trains_the_same_weights_and_lies_beside_them()
    {
        PretrainRecipe lines = Recipe("lines");
        PretrainRecipe json = lines with
        {
            Vocabulary = folder.Write("bert/tokenizer.json", WordPieceJsonTests.Uncased(File.ReadAllLines(TinyMeter.Vocabulary))), Output = folder["json"],
        };
        Run(lines, "lines-work");
        Run(json, "json-work");
        Assert.Equal(Weights(folder["lines/model.safetensors"]), Weights(folder["json/model.safetensors"]));
        foreach ((string output, string name) in ((string, string)[])[("lines", "vocab.txt"), ("json", "tokenizer.json")])
            Assert.Equal([folder[$"{output}/{name}"]], BackboneFiles.Vocabulary(new() { Name = "meter", Checkpoint = folder[$"{output}/model.safetensors"] }));
    }

    private static void Run(PretrainRecipe recipe, string workspace, CancellationTokenSource? cut = null, int after = Steps)
    {
        using Pretraining pretraining = new(recipe);
        pretraining.Run(workspace.Length == 0 ? "" : Path.Combine(Path.GetDirectoryName(recipe.Output)!, workspace), (done, _, loss) =>
        {
            if (!float.IsNaN(loss) && done == after) cut?.Cancel();
        }, cut?.Token ?? Token);
    }

    /// <summary>All tensors' bytes, without what the file says of its recipe.</summary>
    private static byte[] Weights(string path)
    {
        using Checkpoint file = Checkpoint.Open(path);
        using DisposeScope scope = NewDisposeScope();
        return [.. file.Names.Order(StringComparer.Ordinal).SelectMany(name => file.Read(name).bytes.ToArray())];
    }

    private PretrainRecipe Recipe(string output)
    {
        int words = File.ReadLines(TinyMeter.Vocabulary).Count();
        using Meter source = TinyMeter.New(SkipMask.Empty, TinyMeter.Config with { TextEncoder = "bert", VocabSize = words, TextPositions = 20 });
        SmallTowers.WriteDino(folder["dino"]);
        SmallTowers.WriteBert(folder["bert.gguf"], source);
        JsonArray images = [.. Enumerable.Range(0, 6).Select(i => new JsonObject
        {
            ["filename"] = $"{i}.png", ["split"] = "train",
            ["sentences"] = new JsonArray(new JsonObject { ["raw"] = $"a red circle, {(char)('a' + i)}" }, new JsonObject { ["raw"] = $"shape {i} left" }),
        }), new JsonObject { ["filename"] = "6.png", ["split"] = "val", ["sentences"] = new JsonArray(new JsonObject { ["raw"] = "held out" }) }];
        folder.Write("captions.json", new JsonObject { ["images"] = images }.ToJsonString());
        ConversationSources.Draw(folder, "images", Enumerable.Range(0, 7).Select(i => $"{i}.png"));
        return new()
        {
            Name = "pretrain/small", Backbone = "meter", Vocabulary = TinyMeter.Vocabulary, VisionCheckpoint = folder["dino"],
            TextCheckpoint = folder["bert.gguf"], Output = folder[output], Steps = Steps, Batch = 4, Device = "cpu",
            Config = new() { ["numLayers"] = 2, ["mlpRatio"] = 2, ["maxTextLength"] = 12, ["dropRate"] = 0.1, ["textDropRate"] = 0, ["imageSize"] = 16 },
            Captions = [new() { Name = "karpathy", Source = folder.Path, Options = new() { ["json"] = "captions.json", ["images"] = "images" } }],
        };
    }
}
