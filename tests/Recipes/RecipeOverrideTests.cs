namespace Das.Tests.Recipes;

public class RecipeOverrideTests
{
    private const string Minimal = """{ "name": "x", "backbone": { "name": "vilt", "checkpoint": "m" }, "benchmark": { "name": "shapes" } }""";

    private static Recipe With(params string[] sets) => RecipeFile.Parse(Minimal, "x.json", sets);

    private static string ErrorOf(params string[] sets) => Refuses.Recipe(() => With(sets)).Message;

    [Fact]
    public void An_override_reaches_a_value_that_the_file_does_not_mention() =>
        Assert.Equal(5e-4, With("search.optimization.learningRate=5e-4").Search.Optimization.LearningRate);

    [Fact]
    public void The_last_override_counts() => Assert.Equal(3, With("search.skip=2", "search.skip=3").Search.Skip);

    [Fact]
    public void A_value_that_is_not_JSON_is_text() => Assert.Equal("data/a=b", With("benchmark.source=data/a=b").Benchmark.Source);

    [Fact]
    public void A_list_can_be_set() => Assert.Equal([3, 7], With("search.strategy=fixed", "search.skipModule=[3, 7]").Search.SkipModule);

    [Fact]
    public void Keys_that_only_the_backbone_knows_are_passed_on() => Assert.Equal(8, (int)With("backbone.config.depth=8").Backbone.Config!["depth"]!);

    [Fact]
    public void An_unknown_path_is_an_error_with_the_nearest() =>
        Assert.StartsWith("--set search.skp=2: unknown key 'skp'. Did you mean 'skip'?", ErrorOf("search.skp=2"));

    [Fact]
    public void An_unknown_first_key_is_an_error_with_the_nearest() =>
        Assert.StartsWith("--set serch.skip=2: unknown key 'serch'. Did you mean 'search'?", ErrorOf("serch.skip=2"));

    [Theory]
    [InlineData("search.skip=-1", "--set search.skip=-1: 'search.skip' must be at least 0, not -1.")]
    [InlineData("search.skip=", "--set search.skip=: 'search.skip' must be a whole number, not \"\".")]
    [InlineData("search.skip", "--set search.skip: write a key and a value, as in --set search.skip=2.")]
    [InlineData("=2", "--set =2: write a key and a value, as in --set search.skip=2.")]
    [InlineData("search..skip=2", "--set search..skip=2: write a key and a value, as in --set search.skip=2.")]
    public void A_wrong_override_is_quoted_in_the_error(string set, string error) => Assert.Equal(error, ErrorOf(set));
}
