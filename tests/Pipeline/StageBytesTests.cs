namespace Das.Tests.Pipeline;

/// <summary>What a stage writes depends on its key alone: recipes that differ in all that is not in the key give the same bytes.</summary>
public sealed class StageBytesTests(TinyShapes shapes) : IClassFixture<TinyShapes>
{
    private static Recipe Base => TinyShapes.Recipe with
    {
        Finetune = TinyShapes.Recipe.Finetune with { Epochs = 0.5 },
        Evaluate = TinyShapes.Recipe.Evaluate with { TimingRounds = 0 }, // times are measured
    };

    [Fact]
    public void A_search()
    {
        Recipe other = Foreign(recipe => recipe.KeyPart(recipe.Search), "finetune.epochs", "evaluate.batch", "benchmark.onBadInput", "description",
            "backbone.keepTowers", "backbone.checkpoint", "backbone.vocabulary");
        AssertSame("search", other, (recipe, workspace) => SearchWork.Run(recipe, shapes.Dataset, workspace, Token));
    }

    [Fact]
    public void A_finetuning_and_an_evaluation()
    {
        Recipe other = Foreign(recipe => recipe.KeyPart(recipe.Finetune), "search.skip", "search.optimization.augment", "evaluate.batch", "evaluate.split",
            "name", "backbone.checkpoint");
        string finetuned = AssertSame("finetune", other, (recipe, workspace) =>
            FinetuneWork.Run(recipe, shapes.Dataset, SkipMask.Of([2, 5]), workspace, Token));
        Recipe asked = Foreign(recipe => recipe.KeyPart(recipe.Evaluate), "search.skip", "finetune.optimization.negatives", "backbone.keepTowers");
        AssertSame("evaluate", asked, (recipe, workspace) => EvaluateWork.Run(recipe, shapes.Dataset, finetuned, workspace, Token));
    }

    [Fact]
    public void What_an_evaluation_of_rankings_costs_is_in_its_key()
    {
        ArtifactRef none = new("finetune/none/result.json", "", 0);
        JsonNode Part(string benchmark, int negatives)
        {
            Recipe recipe = Base with { Benchmark = new() { Name = benchmark, Source = "raw" } };
            recipe = recipe with { Finetune = recipe.Finetune with { Optimization = recipe.Finetune.Optimization with { Negatives = negatives } } };
            return new EvaluateStage(new(shapes.Dataset)).Read(new(Guid.Empty, recipe.ToCanonicalJson(), false, none, [2], none)).RecipePart;
        }
        Assert.False(JsonNode.DeepEquals(Part("f30k", 3), Part("f30k", 15)));
        Assert.True(JsonNode.DeepEquals(Part("vqav2", 3), Part("vqav2", 15)));
    }

    [Fact]
    public async Task An_ingest()
    {
        JsonNode Key(Recipe recipe) => new IngestStage().Read(new(Guid.Empty, recipe.ToCanonicalJson(), false)).RecipePart;
        Recipe other = Foreign(recipe => Key(recipe with { Benchmark = Base.Benchmark }), "search.skip", "backbone.imageSize", "seed", "device");
        Assert.True(JsonNode.DeepEquals(Key(Base), Key(other with { Benchmark = Base.Benchmark })));
        string[] written = [shapes.Workspace("ingest").Folder, shapes.Workspace("ingest-other").Folder];
        foreach ((string folder, Recipe recipe) in written.Zip([Base, other]))
            await DatasetWriter.WriteAsync(BenchmarkCatalog.Get("shapes"), null, Base.Benchmark.Options, Base.Benchmark.OnBadInput, folder, null, Token,
                TransformLimits.Of(recipe.Backbone.Name, recipe.Backbone.ImageSize));
        AssertSameFiles(Directory.GetFiles(written[0]).Select(file => Path.GetFileName(file)!), written[0], written[1]);
    }

    /// <summary>The recipe with every value changed that may change without the key.</summary>
    /// <param name="key">What the key has of a recipe.</param>
    /// <param name="among">Some that must be among them.</param>
    private Recipe Foreign(Func<Recipe, JsonNode> key, params string[] among)
    {
        string copies = Directory.CreateDirectory(shapes.Workspace(Guid.NewGuid().ToString("N")).Folder).FullName;
        string[] files = [.. new[] { "model.safetensors", "vocab.txt" }.Select(name => Path.Combine(copies, name))];
        foreach (string file in files) File.Copy(Path.Combine(TinyShapes.Models, Path.GetFileName(file)), file);
        Recipe changed = Base with { Backbone = Base.Backbone with { Vocabulary = files[1] } };
        List<string> foreign = ["backbone.vocabulary"];
        foreach ((string path, JsonNode value) in RecipeLeaves.Of(JsonNode.Parse(Base.ToCanonicalJson())))
        {
            JsonNode json = JsonNode.Parse(changed.ToCanonicalJson())!;
            Set(json, path, path == "backbone.checkpoint" ? files[0] : Other(path, value));
            Recipe candidate = json.Deserialize<Recipe>(StrictJson.Options)!;
            bool same;
            try { same = JsonNode.DeepEquals(key(Base), key(candidate)); }
            catch (DasException) { continue; } // No recipe of any run.
            if (!same) continue;
            changed = candidate;
            foreign.Add(path);
        }
        Assert.Empty(among.Except(foreign));
        return changed;
    }

    private static JsonNode Other(string path, JsonNode value) => (path, value.GetValueKind()) switch
    {
        ("backbone.keepTowers", _) => "float32",
        ("device", _) => "cuda",
        ("benchmark.onBadInput", _) => "skip",
        ("evaluate.split", _) => "val",
        (_, JsonValueKind.True or JsonValueKind.False) => !value.GetValue<bool>(),
        (_, JsonValueKind.Number) when value.AsValue().TryGetValue(out int whole) => whole + 1,
        (_, JsonValueKind.Number) => value.GetValue<double>() / 2,
        (_, JsonValueKind.Array) => new JsonArray(1),
        _ => value.GetValue<string>() + "-other",
    };

    private static void Set(JsonNode recipe, string path, JsonNode value)
    {
        string[] names = path.Split('.');
        foreach (string name in names[..^1]) recipe = recipe[name]!;
        recipe[names[^1]] = value;
    }

    /// <returns>The folder of the first.</returns>
    private string AssertSame(string name, Recipe other, Func<Recipe, StageWorkspace, StageOutcome> work)
    {
        StageWorkspace one = shapes.Workspace(name), two = shapes.Workspace(name + "-other");
        StageOutcome outcome = work(Base, one), again = work(other, two);
        Assert.Equal(outcome.Files, again.Files);
        Assert.Equal(outcome.Facts.ToJsonString(), again.Facts.ToJsonString());
        AssertSameFiles(outcome.Files, one.Folder, two.Folder);
        return one.Folder;
    }

    private static void AssertSameFiles(IEnumerable<string> names, string one, string two)
    {
        foreach (string name in names)
            Assert.True(File.ReadAllBytes(Path.Combine(one, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(two, name))), $"{name} differs.");
    }
}
