namespace Das.Tests.Recipes;

public class RecipeCatalogTests : FolderTest
{
    [Fact]
    public void Suites_are_no_recipes_and_a_path_is_no_name()
    {
        Assert.True(File.Exists(Repository.PathOf("recipes/suites/smoke.json")));
        Assert.DoesNotContain(Shipped.Entries, entry => entry.Name.StartsWith("suites"));
        Refuses.Recipe(() => Shipped.Named(Repository.PathOf("recipes/vilt/shapes.json")));
    }

    private static readonly RecipeCatalog Shipped = new(Repository.PathOf("recipes"));

    public static TheoryData<string> Names => [.. Shipped.Entries.Where(entry => !entry.Pretrains).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_shipped_recipe_is_valid_and_is_called_what_its_file_is_called(string name)
    {
        var recipe = Shipped.Load(name);
        Assert.Equal(name, recipe.Name);
        Assert.NotEmpty(recipe.Description);
        Assert.StartsWith(recipe.Backbone.Name, name); // vilt/…, or vilt-shapes/… for a small one of ours
    }

    [Fact]
    public void Every_shipped_pretraining_recipe_is_valid_and_is_called_what_its_file_is_called() =>
        Assert.All(Shipped.Entries.Where(entry => entry.Pretrains), entry => Assert.Equal(entry.Name, Shipped.LoadPretrain(entry.Name).Name));

    [Fact]
    public void The_demo_recipe_is_among_them() => Assert.Contains("vilt/shapes", Shipped.Entries.Select(entry => entry.Name));

    [Fact]
    public void The_published_recipe_says_what_the_defaults_say()
    {
        var written = Shipped.Load("vilt/vqav2");
        var defaults = new Recipe { Name = written.Name, Description = written.Description,
            Backbone = new() { Name = "vilt", Checkpoint = written.Backbone.Checkpoint }, Benchmark = written.Benchmark };
        Assert.Equal(defaults.ToCanonicalJson(), written.ToCanonicalJson());
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest() =>
        Assert.StartsWith("Unknown recipe 'vilt/shape'. Did you mean 'vilt/shapes'? Known: ",
            Refuses.Recipe(() => Shipped.Load("vilt/shape")).Message);

    [Fact]
    public void A_path_is_taken_as_a_file() => Assert.Equal("vilt/shapes", Shipped.Load(Repository.PathOf("recipes/vilt/shapes.json")).Name);

    [Fact]
    public void The_earlier_folder_wins()
    {
        string mine = folder.Write("vilt/shapes.json", "{}");
        var catalog = new RecipeCatalog(folder.Path, Repository.PathOf("recipes"));
        Assert.Equal(mine, catalog.Entries.Single(entry => entry.Name == "vilt/shapes").Path);
    }

    [Fact]
    public void The_repositorys_recipes_are_found_from_the_executable() =>
        Assert.Contains(RecipeCatalog.Default().Entries, entry => entry.Name == "vilt/vqav2");
}
