namespace Das.Tests.Control.Runs;

public sealed class RecipePathsTests : PipelineTest
{
    private readonly RegistryDatabase _registry;
    private readonly Recipe _recipe;

    public RecipePathsTests()
    {
        Home.Write("recipes/shapes.json", File.ReadAllText(Repository.PathOf("recipes/vilt/shapes.json")));
        _registry = new(new(Home.Path));
        _recipe = new RecipeCatalog(Home["recipes"]).Load("shapes");
    }

    [Fact]
    public async Task A_known_recipe_names_its_own_files_only()
    {
        Assert.Empty(await Paths().FlawsAsync(_recipe));
        Flaw flaw = Assert.Single(await Paths().FlawsAsync(_recipe with { Backbone = _recipe.Backbone with { Checkpoint = "/etc/passwd" } }));
        Assert.Equal("backbone.checkpoint", flaw.Path);
        Assert.Contains("DAS_ADMIN_DATA", flaw.Problem);
        Assert.Single(await Paths().FlawsAsync(_recipe with { Backbone = _recipe.Backbone with { Vocabulary = _recipe.Backbone.Checkpoint } }));
    }

    [Fact]
    public async Task A_folder_of_the_operator_opens_what_lies_below_it_and_nothing_beside_it()
    {
        Assert.Empty(await Paths("/data/sets").FlawsAsync(Source("/data/sets/vqa")));
        Assert.Single(await Paths("/data/sets").FlawsAsync(Source("/data/sets-of-others")));
        Assert.Single(await Paths("/data/sets").FlawsAsync(Source("/data/sets/../secret")));
    }

    [Fact]
    public async Task An_option_may_not_lead_out_of_its_folder()
    {
        Recipe hostile = _recipe with { Benchmark = _recipe.Benchmark with { Options = new() { ["json"] = "../../secret.json", ["images"] = "images" } } };
        Assert.Equal("benchmark.options.json", Assert.Single(await Paths().FlawsAsync(hostile)).Path);
    }

    [Fact]
    public async Task What_an_earlier_run_named_at_the_same_place_may_be_named_again()
    {
        await using ServiceProvider services = Registry();
        RunRegistry runs = services.GetRequiredService<RunRegistry>();
        await runs.StartAsync("{ not JSON", "broken", fresh: false);
        await runs.StartAsync((_recipe with { Description = "\"source\":\"/data/told\"", Benchmark = _recipe.Benchmark with { Source = "/data/named" } })
            .ToCanonicalJson(), "earlier", fresh: false);
        Assert.Empty(await Paths().FlawsAsync(Source("/data/named")));
        Assert.Single(await Paths().FlawsAsync(Source("/data/told")));
        await Assert.ThrowsAsync<DasException>(() => Paths().CheckAsync(_recipe with { Backbone = _recipe.Backbone with { Checkpoint = "/data/named" } }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, "org/model")]
    [InlineData(1, "other/*", "org/*")]
    [InlineData(1, "*")]
    [InlineData(0, "org/mod", "other/*", "org")]
    public async Task A_model_on_a_hub_may_be_named_where_the_operator_lists_it_and_no_folder_opens_one(int allowed, params string[] models)
    {
        Recipe named = _recipe with { Backbone = _recipe.Backbone with { Checkpoint = "hf:org/model@main:a.gguf" } };
        RecipePaths paths = new(_registry, new(Home["recipes"]), [Directory.GetCurrentDirectory()], any: false) { Models = models };
        IReadOnlyList<Flaw> flaws = await paths.FlawsAsync(named);
        Assert.Equal(allowed, flaws.Any(flaw => flaw.Path == "backbone.checkpoint") ? 0 : 1);
        if (allowed == 0) Assert.Contains("DAS_ADMIN_MODELS", flaws[0].Problem);
    }

    [Fact]
    public async Task On_ones_own_machine_every_path_may_be_named() =>
        Assert.Empty(await new RecipePaths(_registry, new(), [], any: true).FlawsAsync(Source("/anywhere")));

    private Recipe Source(string path) => _recipe with { Benchmark = _recipe.Benchmark with { Source = path } };

    private RecipePaths Paths(params string[] folders) => new(_registry, new(Home["recipes"]), folders, any: false);
}
