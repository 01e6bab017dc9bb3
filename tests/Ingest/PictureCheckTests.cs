namespace Das.Tests.Ingest;

/// <summary>Pictures that only some models can use: named when the dataset is made, and left out where the recipe says so.</summary>
public sealed class PictureCheckTests
{
    private static Task<DatasetManifest> Write(string source, string folder, string onBadInput, string backbone) =>
        DatasetWriter.WriteAsync(BenchmarkCatalog.Get("slake"), source, new() { ["valPercent"] = 20 }, onBadInput, folder, null, Token,
            TransformLimits.Of(backbone, 384));

    /// <summary>One of its pictures, of two questions, is 900 x 4.</summary>
    private static TemporaryFolder Source()
    {
        TemporaryFolder source = ConversationSources.Slake();
        string picture = Directory.EnumerateFiles(source.Path, "p1.png", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(picture, MadePictures.Grey(900, 4));
        return source;
    }

    private static JsonNode Part(string backbone, string onBadInput) => new IngestStage().Read(new(Guid.Empty, RecipeFile.Load(
        Path.Combine(Repository.Root, "recipes", "vilt", "shapes.json"), [$"backbone.name={backbone}", $"benchmark.onBadInput={onBadInput}"]).ToCanonicalJson(),
        false)).RecipePart;

    [Fact]
    public async Task A_picture_that_the_recipes_model_cannot_use_is_named_when_the_dataset_is_made()
    {
        using TemporaryFolder source = Source(), folder = new();
        string message = (await Refuses.DataAsync(() => Write(source.Path, folder.Path, "stop", "vilt"))).Message;
        Assert.Contains("p1.png", message);
        Assert.Contains("900 x 4", message);
        Assert.Contains("skip", message);
    }

    [Fact]
    public async Task It_can_be_left_out_and_is_counted_and_another_model_uses_it()
    {
        using TemporaryFolder source = Source(), narrow = new(), wide = new();
        DatasetManifest without = await Write(source.Path, narrow.Path, "skip", "vilt"), with = await Write(source.Path, wide.Path, "stop", "meter");
        Assert.True(without.BadInputs > 0);
        Assert.Contains("900 x 4", without.FirstBadInputs[0].Reason);
        Assert.Equal(0, with.BadInputs);
        Assert.Equal(with.Files.Sum(file => file.Rows), without.Files.Sum(file => file.Rows) + without.BadInputs);
    }

    /// <summary>Datasets that were made before keep their keys unless the model changes their rows.</summary>
    [Fact]
    public void A_datasets_key_names_the_model_only_where_pictures_are_left_out_for_it()
    {
        Assert.Null(Part("vilt", "stop")["picturesFor"]);
        Assert.Null(Part("meter", "skip")["picturesFor"]);
        Assert.NotNull(Part("vilt", "skip")["picturesFor"]);
    }

    [Fact]
    public void The_models_with_a_limit_are_those_whose_transform_refuses_sizes() =>
        Assert.All(BackboneCatalog.Names, name => Assert.Equal(
            BackboneCatalog.Get(name).Transform is ImageTransform.Pixelbert or ImageTransform.Padded, TransformLimits.Of(name, 384) is not null));

    [Fact]
    public void LLaVAs_square_has_a_largest_side()
    {
        Action<int, int> check = TransformLimits.Of("llava", 336)!;
        check(13_377, 2);
        check(20_000, 20_000);
        Assert.Contains("20000 x 20000", Refuses.Data(() => check(20_000, 2)).Message);
    }
}
