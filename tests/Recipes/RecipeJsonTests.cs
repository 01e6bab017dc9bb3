namespace Das.Tests.Recipes;

public class RecipeJsonTests
{
    private static Recipe Read(string json, params string[] sets) => RecipeFile.Parse(json, "x.json", sets);

    private const string One = """
        { "name": "x", "backbone": { "name": "vilt", "checkpoint": "m", "config": { "depth": 8, "rate": 0.10 } },
          "benchmark": { "name": "shapes" } }
        """;
    private const string Same = """
        { "benchmark": { "name": "shapes", "source": null }, "seed": 0,
          "backbone": { "config": { "rate": 1e-1, "depth": 8 }, "checkpoint": "m", "name": "vilt" }, "name": "x" }
        """;

    [Fact]
    public void The_same_recipe_written_differently_has_one_canonical_text() =>
        Assert.Equal(Read(One).ToCanonicalJson(), Read(Same).ToCanonicalJson());

    [Fact]
    public void Another_value_gives_another_text() => Assert.NotEqual(Read(One).ToCanonicalJson(), Read(One, "seed=1").ToCanonicalJson());

    [Fact]
    public void Every_default_is_written_out()
    {
        string json = Read(One).ToCanonicalJson();
        Assert.Contains("\"learningRate\":0.0001", json);
        Assert.Contains("\"onBadInput\":\"stop\"", json);
        Assert.Contains("\"timingRounds\":10", json);
        Assert.DoesNotContain("null", json);
        Assert.DoesNotContain("\n", json);
    }

    [Fact]
    public void What_was_written_is_read_back_the_same()
    {
        string json = Read(One, "search.strategy=fixed", "search.skipModule=[7,3]", "description=ein \"Satz\" für §2").ToCanonicalJson();
        Assert.Equal(json, Recipe.Parse(json).ToCanonicalJson());
        Assert.Equal([7, 3], Recipe.Parse(json).Search.SkipModule);
    }

    [Fact]
    public void A_benchmarks_options_are_checked_with_the_recipe_and_named_with_their_line() =>
        Assert.Equal("x.json:3:16: 'benchmark.options.trainImages' must be at least 1, not 0.", Refuses.Recipe(() => Read("""
            { "name": "x", "backbone": { "name": "vilt", "checkpoint": "m" },
              "benchmark": { "name": "shapes", "options": {
                "seed": 3, "trainImages": 0 } } }
            """)).Message);

    [Fact]
    public void A_recipe_from_elsewhere_is_checked_like_a_file() => Refuses.Recipe("unknown key 'colour'", () => Recipe.Parse("""{"colour":1}"""));
}
