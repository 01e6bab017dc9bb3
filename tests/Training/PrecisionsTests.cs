namespace Das.Tests.Training;

public sealed class PrecisionsTests
{
    [Fact]
    public void Auto_is_what_the_operator_says_or_what_this_machine_multiplies_faster()
    {
        Assert.Equal("float32", Precisions.Auto("float32")("cuda"));
        string measured = Precisions.Auto(null)("cpu");
        Assert.Contains(measured, new[] { "float32", "bfloat16" });
        Assert.Equal((measured, "bfloat16"), (Precisions.Auto("")("cpu"), Precisions.Auto("")("cuda:1")));
        foreach (string said in new[] { "auto", "float16" })
            Refuses.Usage("set it to float32 or bfloat16", () => Precisions.Auto(said));
    }

    [Fact]
    public void A_recipe_is_decided_without_changing_what_it_was_made_of()
    {
        Recipe left = Of("auto"), said = Of("float32");
        Recipe decided = Precisions.Decided(left);
        Assert.Equal((Precisions.Auto()("cpu"), "auto"), ((string?)decided.Backbone.Config!["precision"], (string?)left.Backbone.Config!["precision"]));
        Assert.Equal(decided.ToCanonicalJson(), Recipe.Decided(left.ToCanonicalJson(), () => "cpu", Precisions.Auto()));
        Assert.Same(said, Precisions.Decided(said));
        Assert.Equal(["float32", null, null, null], new[] { said.ToCanonicalJson(), "", "[]", """{"backbone": 1}""" }.Select(Recipe.PrecisionOf));

        static Recipe Of(string precision) => new()
        {
            Name = "any", Device = "cpu", Benchmark = new() { Name = "boolq" },
            Backbone = new() { Name = "llama", Checkpoint = "any.bin", Config = new() { ["precision"] = precision } },
        };
    }
}
