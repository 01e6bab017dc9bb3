using FsCheck;
using FsCheck.Fluent;

namespace Das.Tests.Shared;

public sealed class StageKeyTests
{
    private static readonly JsonNode Part = JsonNode.Parse("""{"skip": 1, "optimization": {"learningRate": 1e-4, "batch": 256}, "skipModule": []}""")!;

    [Fact]
    public void The_key_of_known_work_never_changes() =>
        Assert.Equal("3d0bd30ebac5d89f69e3677c624c168cd96b87b560203451e943b1bd55073387", StageKey.Compute("search", 1, Part, ["00ff"]));

    [Theory]
    [InlineData("""{"b":1,"a":[true,null]}""", """{ "a": [true, null], "b": 1.0 }""")]
    [InlineData("""{"x":1e-4}""", """{"x":0.0001}""")]
    [InlineData("""{"x":100}""", """{"x":1E2}""")]
    [InlineData("""{"x":0}""", """{"x":-0.0}""")]
    [InlineData("""{"x":"ä"}""", """{"x":"\u00e4"}""")]
    public void Equal_values_have_one_spelling(string one, string other) => Assert.Equal(Text(JsonNode.Parse(one)), Text(JsonNode.Parse(other)));

    [Theory]
    [InlineData("""{"x":1}""", """{"x":"1"}""")]
    [InlineData("""{"x":9007199254740993}""", """{"x":9007199254740992}""")]
    [InlineData("""{"x":[1,2]}""", """{"x":[2,1]}""")]
    [InlineData("""{"x":null}""", "{}")]
    public void Different_values_have_different_spellings(string one, string other) =>
        Assert.NotEqual(Text(JsonNode.Parse(one)), Text(JsonNode.Parse(other)));

    [Fact]
    public void Every_double_survives() => Prop.ForAll<NormalFloat>(number =>
    {
        JsonNode node = JsonNode.Parse(Text(new JsonObject { ["x"] = number.Get }))!;
        return node["x"]!.GetValue<double>() == number.Get;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_number_made_in_code_and_one_read_from_a_file_are_the_same() =>
        Assert.Equal(Text(JsonNode.Parse("""{"a":0.1,"b":3,"c":1e-8}""")), Text(new JsonObject { ["a"] = 0.1, ["b"] = 3L, ["c"] = 1e-8 }));

    [Fact]
    public void Everything_that_determines_the_result_is_in_the_key()
    {
        string key = StageKey.Compute("search", 1, Part, ["00ff"]);
        Assert.NotEqual(key, StageKey.Compute("finetune", 1, Part, ["00ff"]));
        Assert.NotEqual(key, StageKey.Compute("search", 2, Part, ["00ff"]));
        Assert.NotEqual(key, StageKey.Compute("search", 1, new JsonObject(), ["00ff"]));
        Assert.NotEqual(key, StageKey.Compute("search", 1, Part, ["00fe"]));
    }

    private sealed record Section(int Batch = 8) { [KeyedUnless(0.5)] public double Later { get; init; } = 0.5; public Inner Part { get; init; } = new(); }

    private sealed record Inner { [KeyedUnless("no")] public string Mode { get; init; } = "no"; }

    [Fact]
    public void A_value_that_the_recipe_got_later_is_named_only_where_it_is_not_what_it_was_before()
    {
        Assert.Equal("""{"batch":8,"part":{}}""", Text(KeyedUnlessAttribute.KeyOf(new Section())));
        Assert.Equal("""{"batch":8,"later":1,"part":{"mode":"yes"}}""",
            Text(KeyedUnlessAttribute.KeyOf(new Section { Later = 1, Part = new() { Mode = "yes" } })));
    }

    private static string Text(JsonNode? node) => CanonicalJson.Text(node);
}
