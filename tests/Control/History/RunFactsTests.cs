namespace Das.Tests.Control.History;

public class RunFactsTests
{
    [Fact]
    public void The_command_repeats_a_known_recipe_with_what_was_changed()
    {
        RecipeCatalog recipes = RecipeCatalog.Default();
        Recipe recipe = recipes.Load("vilt/shapes", ["search.skip=3", "benchmark.source=my data/it's"]);
        Assert.Equal(new(@"das run vilt/shapes --set 'benchmark.source=my data/it'\''s' --set search.skip=3 --fresh", NeedsFile: false),
            Reproduction.Of(recipe.ToCanonicalJson(), recipes));
    }

    [Theory]
    [InlineData("""{"name":"fake"}""")]
    [InlineData("{")]
    public void The_command_of_an_unknown_recipe_needs_its_file(string recipe) =>
        Assert.Equal(new("das run recipe.json --fresh", NeedsFile: true), Reproduction.Of(recipe, RecipeCatalog.Default()));

    [Fact]
    public void A_command_that_could_not_take_a_value_away_needs_the_file()
    {
        RecipeCatalog recipes = RecipeCatalog.Default();
        Recipe recipe = recipes.Load("vilt/shapes");
        Assert.True(Reproduction.Of((recipe with { Benchmark = recipe.Benchmark with { Options = null } }).ToCanonicalJson(), recipes).NeedsFile);
    }

    [Fact]
    public void A_long_curve_is_thinned_out_and_keeps_its_ends()
    {
        double[] values = [.. Enumerable.Range(0, 1001).Select(step => step == 500 ? 99.0 : step / 1000.0)];
        IReadOnlyList<CurvePoint> points = RunHistories.Thin(values, 100);
        Assert.InRange(points.Count, 50, 100);
        Assert.Equal((1, 99), (points[0].Step, points.Max(point => point.High)));
        Assert.Equal(1.0, points[^1].High, 9);
        Assert.Equal(new CurvePoint(2, 5, 5, 5), RunHistories.Thin([4, 5], 100)[1]);
    }
}
