using Das.Site.Pages.Start;

namespace Das.Tests.Site.Pages;

public class RecipeFieldsTests
{
    public static TheoryData<string> Recipes => [.. RecipeCatalog.Default().Entries.Where(entry => !entry.Pretrains).Select(entry => entry.Name)];

    [Fact]
    public void Every_value_of_the_recipe_has_a_field_that_says_what_it_means()
    {
        Assert.Equal(LeafProperties(typeof(Recipe)), RecipeFields.All.Count);
        Assert.All(RecipeFields.Sections, section => Assert.NotEmpty(section.Summary));
        Assert.All(RecipeFields.All.Values, field => Assert.False(string.IsNullOrWhiteSpace(field.Summary), $"{field.Path} has no docstring"));
    }

    [Fact]
    public void A_field_says_what_was_published_and_calls_other_values_as_recipes_do()
    {
        Assert.Equal("Samples per forward and backward pass; divides batch. Published: 64.", RecipeFields.All["search.optimization.microBatch"].Summary);
        Assert.Equal(("64", "Micro batch"), (RecipeFields.All["search.optimization.microBatch"].Default,
            RecipeFields.All["search.optimization.microBatch"].Label));
    }

    [Fact]
    public void A_choice_offers_what_the_validator_allows()
    {
        Assert.Equal(["das", "random", "fixed"], RecipeFields.All["search.strategy"].Choices);
        Assert.All(RecipeFields.All.Values.Where(field => field.Kind == RecipeFieldKind.Choice && field.Path != "benchmark.name"), field =>
            Assert.Contains(field.Default, field.Choices));
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_recipe_put_into_the_form_comes_out_unchanged(string name)
    {
        Recipe recipe = RecipeCatalog.Default().Load(name);
        RecipeDraft draft = RecipeDraft.From(recipe);
        Assert.Empty(draft.Flaws);
        Assert.Empty(draft.Unknown);
        Assert.Equal(recipe.ToCanonicalJson(), draft.Recipe!.ToCanonicalJson());
    }

    [Fact]
    public void A_value_that_cannot_be_is_explained_at_its_field_and_starts_nothing()
    {
        RecipeDraft draft = RecipeDraft.From(RecipeCatalog.Default().Load("vilt/shapes"));
        draft.Set("search.skip", "-1");
        draft.Set("finetune.epochs", "many");
        draft.Set("benchmark.name", "shape");
        Assert.Equal("Must be at least 0, not -1.", draft.Flaws["search.skip"]);
        Assert.Equal("Must be a number with a point, such as 0.5 or 1e-4, not 'many'.", draft.Flaws["finetune.epochs"]);
        Assert.Contains("Did you mean 'shapes'?", draft.Flaws["benchmark.name"]);
        Assert.Null(draft.Recipe);
        foreach (string path in draft.Flaws.Keys.ToList()) draft.Set(path, draft.Basis(path));
        Assert.NotNull(draft.Recipe);
        Assert.Equal(0, draft.Changes);
    }

    [Fact]
    public void Changed_values_are_known_beside_what_they_were()
    {
        RecipeDraft draft = RecipeDraft.From(RecipeCatalog.Default().Load("vilt/shapes"));
        draft.Set("search.skip", "3");
        draft.Set("backbone.config", """{ "numLayers": 4 }""");
        Assert.Equal((2, "2", true, false), (draft.Changes, draft.Basis("search.skip"), draft.Changed("search.skip"), draft.Changed("search.every")));
        Assert.Equal((3, 4), (draft.Recipe!.Search.Skip, draft.Recipe.Backbone.Config!["numLayers"]!.GetValue<int>()));
    }

    [Fact]
    public void Json_that_cannot_be_used_says_where_and_leaves_the_form_as_it_was()
    {
        RecipeDraft draft = RecipeDraft.From(RecipeCatalog.Default().Load("vilt/shapes"));
        string before = draft.Json;
        Assert.Contains("recipe:2:", draft.Take("{\n \"serch\": {} }"));
        Assert.Equal(before, draft.Json);
        JsonNode changed = JsonNode.Parse(before)!;
        changed["seed"] = 7;
        Assert.Null(draft.Take(changed.ToJsonString()));
        Assert.Equal("7", draft["seed"]);
    }

    [Fact]
    public void A_run_of_another_version_names_the_keys_that_are_left_out() =>
        Assert.Equal(["search.temperature"],
            RecipeDraft.From("""{"name":"old","search":{"temperature":1,"skip":2},"benchmark":{"options":{"any":1}}}""").Unknown);

    private static int LeafProperties(Type type) => type.GetProperties().Where(property => property.CanWrite)
        .Sum(property => property.PropertyType.Namespace == typeof(Recipe).Namespace ? LeafProperties(property.PropertyType) : 1);

    [Fact]
    public void Every_option_of_every_benchmark_has_its_meaning() => Assert.All(BenchmarkCatalog.All.SelectMany(benchmark => RecipeFields.For(benchmark.Name)),
        section => Assert.All(section.Fields, field => Assert.NotEmpty(field.Summary)));

    [Fact]
    public void A_benchmarks_options_are_fields_and_only_what_was_given_is_written()
    {
        RecipeDraft draft = RecipeDraft.From("""
            {"name":"x","backbone":{"name":"vilt","checkpoint":"m"},"benchmark":{"name":"shapes","options":{"seed":3}}}
            """);
        RecipeField images = draft.Sections.Single(section => section.Path == "benchmark.options").Fields[0];
        Assert.Equal(("benchmark.options.trainImages", "4000", "Scenes to train on."), (images.Path, images.Default, images.Summary));
        Assert.Equal("""{"seed":3}""", draft.Recipe!.Benchmark.Options!.ToJsonString());

        draft.Set(images.Path, "0");
        Assert.Equal("Must be at least 1, not 0.", draft.Flaws[images.Path]);

        draft.Set("benchmark.name", "gsm8k");
        Assert.Equal(["answers", "publishedPrompts", "seed", "valPercent"], draft.Sections.Single(section => section.Path == "benchmark.options").Fields
            .Select(field => field.Path.Split('.')[^1]).Order(StringComparer.Ordinal));
        Assert.Equal("""{"seed":3}""", draft.Recipe!.Benchmark.Options!.ToJsonString());
    }
}
