namespace Das.Tests.Recipes;

public class RecipeFileTests
{
    private const string Minimal = """
        {
          // a comment
          "name": "vilt/x",
          "backbone": { "name": "vilt", "checkpoint": "model.safetensors" },
          "benchmark": { "name": "shapes", },
          "search": {
            "skip": 2,
            "optimization": {
              "batch": 64, /* and another */
            },
          },
        }
        """;

    private static string ErrorOf(string json, params string[] sets) =>
        Refuses.Recipe(() => RecipeFile.Parse(json, "recipes/vilt/x.json", sets)).Message;

    [Fact]
    public void Comments_and_trailing_commas_are_allowed_and_defaults_fill_the_rest()
    {
        var recipe = RecipeFile.Parse(Minimal, "x.json", []);
        Assert.Equal(2, recipe.Search.Skip);
        Assert.Equal(64, recipe.Search.Optimization.Batch);
        Assert.Equal(256, recipe.Finetune.Optimization.Batch);
        Assert.Equal(0.98, recipe.Finetune.Optimization.Beta2);
    }

    [Fact]
    public void An_unknown_key_is_an_error_with_its_place_and_the_nearest_valid_key()
    {
        string error = ErrorOf(Minimal.Replace("\"batch\"", "\"lerning_rate\""));
        Assert.StartsWith("recipes/vilt/x.json:9:7: unknown key 'lerning_rate'. Did you mean 'learningRate'? Known keys here: batch, microBatch,", error);
    }

    [Fact]
    public void Keys_are_told_apart_by_case() =>
        Assert.Contains("unknown key 'Skip'. Did you mean 'skip'?", ErrorOf(Minimal.Replace("\"skip\"", "\"Skip\"")));

    [Theory]
    [InlineData("2.5", "recipes/vilt/x.json:7:5: 'search.skip' must be a whole number, not 2.5.")]
    [InlineData("\"two\"", "recipes/vilt/x.json:7:5: 'search.skip' must be a whole number, not \"two\".")]
    [InlineData("null", "recipes/vilt/x.json:7:5: 'search.skip' must be a whole number, not null.")]
    [InlineData("99999999999", "recipes/vilt/x.json:7:5: 'search.skip' must be a whole number, not 99999999999.")]
    [InlineData("-1", "recipes/vilt/x.json:7:5: 'search.skip' must be at least 0, not -1.")]
    public void A_wrong_value_is_an_error_with_its_place(string value, string error) =>
        Assert.Equal(error, ErrorOf(Minimal.Replace("\"skip\": 2", $"\"skip\": {value}")));

    [Fact]
    public void A_list_where_an_object_belongs_is_an_error() =>
        Assert.Equal("recipes/vilt/x.json:5:3: 'benchmark' must be an object in braces, not [].", ErrorOf(Minimal.Replace("{ \"name\": \"shapes\", }", "[]")));

    [Fact]
    public void A_missing_required_key_is_named_with_the_object_that_lacks_it() =>
        Assert.Equal("recipes/vilt/x.json:4:3: the required key 'backbone.checkpoint' is missing.",
            ErrorOf(Minimal.Replace(", \"checkpoint\": \"model.safetensors\"", "")));

    [Fact]
    public void A_key_given_twice_is_an_error() =>
        Assert.Equal("recipes/vilt/x.json:7:16: 'search.skip' is given twice.", ErrorOf(Minimal.Replace("\"skip\": 2", "\"skip\": 2, \"skip\": 3")));

    [Fact]
    public void Broken_JSON_is_an_error_with_its_place() =>
        Assert.StartsWith("recipes/vilt/x.json:3:11: not valid JSON: 'v' is an invalid start of a value.", ErrorOf(Minimal.Replace("\"vilt/x\"", "vilt/x")));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Text_that_is_no_recipe_is_refused_in_one_sentence(string json) => Assert.StartsWith("recipes/vilt/x.json", ErrorOf(json));

    [Fact]
    public void A_flaw_between_a_value_and_a_default_points_at_the_object_that_holds_both() =>
        Assert.Equal("recipes/vilt/x.json:8:5: 'search.optimization.microBatch' (64) must divide search.optimization.batch (96).",
            ErrorOf(Minimal.Replace("64", "96")));

    [Fact]
    public void A_file_that_is_not_there_is_an_error_that_names_it() =>
        Assert.StartsWith("nowhere/x.json: cannot be read:", Refuses.Recipe(() => RecipeFile.Load("nowhere/x.json")).Message);
}
