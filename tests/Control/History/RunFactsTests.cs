namespace Das.Tests.Control.History;

public class RunFactsTests
{
    [Fact]
    public void Scores_are_told_apart_from_baselines_and_costs_and_the_telling_one_comes_first()
    {
        RunScores scores = RunScores.Of(new Dictionary<string, double>
        {
            ["aucHigh"] = 0.6, ["accuracy"] = 0.5, ["accuracyLow"] = 0.4, ["accuracyHigh"] = 0.6, ["devAccuracy"] = 0.45, ["devAccuracyLow"] = 0.4,
                ["devAccuracyHigh"] = 0.5,
            ["majorityAnswer"] = 0.3, ["macsFull"] = 1e9, ["totalParameters"] = 1e6,
        });
        Assert.Equal(new RunScore("accuracy", 0.5, 0.4, 0.6), scores.Key);
        Assert.Equal(["accuracy", "devAccuracy"], scores.Measured.Select(score => score.Name));
        Assert.Equal(["aucHigh", "majorityAnswer"], scores.Baselines.Select(score => score.Name));
        Assert.Equal(["totalParameters", "macsFull"], scores.Costs.Select(score => score.Name));
    }

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

    [Theory]
    [InlineData(0.0, 1.0, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(3.0, 3.0, "2.9 3 3.1")]
    [InlineData(0.0, 12_000.0, "0 5 k 10 k")]
    [InlineData(-0.004, 0.004, "-4e-3 -2e-3 0 2e-3 4e-3")]
    public void An_axis_has_round_ticks(double low, double high, string ticks)
    {
        ChartAxis axis = ChartAxis.Over([low, high]);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Text)));
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.Share(tick), -1e-9, 1 + 1e-9));
    }
}
