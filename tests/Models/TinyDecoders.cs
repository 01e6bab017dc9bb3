namespace Das.Tests.Models;

/// <summary>Pretrained decoders of random weights for recipes that take seconds.</summary>
internal static class TinyDecoders
{
    private const int ImageSize = 28;

    public static string Vocabulary => Repository.PathOf("tests/fixtures/parity/lavin_llava/G02_tokenizer_tiny/tokenizer.model");

    /// <summary>A recipe's part for one of them, its checkpoint written, an image tower in it where the family has one.</summary>
    public static BackboneRecipe Write(string name, string path)
    {
        Backbone family = BackboneCatalog.Get(name);
        JsonObject sizes = new() { ["vocabSize"] = PieceTokenizer.Load(Vocabulary).VocabularySize, ["dim"] = 16, ["layers"] = 3, ["heads"] = 2,
            ["multipleOf"] = 8, ["maxLength"] = 600, ["dtype"] = "float32" };
        foreach ((string key, int value) in ((string, int)[])[("patchSize", 14), ("clipWidth", 12), ("clipHeads", 2), ("clipLayers", 4), ("clipEvery", 2),
            ("hiddenProj", 5)])
            if (family.Published.ContainsKey(key)) sizes[key] = value;
        JsonObject changes = sizes.DeepClone().AsObject();
        if (family.PositionsFollowImage) changes["imageSize"] = ImageSize;
        manual_seed(0);
        using BackboneModel model = family.Build(family.Configure(null, changes, "config"), new(), null);
        model.InitializeWeights();
        using (no_grad())
            foreach ((string _, Parameter p) in model.named_parameters()) p.Plus_(randn_like(p).Times(0.2)); // so that images and layers are noticed
        SafetensorsWriter.Write(path, model.Pretrained(), new Dictionary<string, string>());
        return new() { Name = name, Checkpoint = path, Vocabulary = Vocabulary, ImageSize = ImageSize, InLayerBottleneck = 4, ReplacementBottleneck = 6,
            KeepTowers = "float32", Config = sizes };
    }
}
