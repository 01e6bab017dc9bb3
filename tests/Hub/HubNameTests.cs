namespace Das.Tests.Hub;

public sealed class HubNameTests
{
    [Theory]
    [InlineData("hf:org/name", "org/name", null, null)]
    [InlineData("hf:gpt2", "gpt2", null, null)]
    [InlineData("hf:org/na.me-1_b@refs/pr/1", "org/na.me-1_b", "refs/pr/1", null)]
    [InlineData("hf:org/name:q4.gguf", "org/name", null, "q4.gguf")]
    [InlineData("hf:org/name@v1.0:gguf/q4.gguf", "org/name", "v1.0", "gguf/q4.gguf")]
    public void A_name_is_a_repository_with_a_revision_and_a_file_and_is_written_as_it_was_read(string text, string repository, string? revision, string? file)
    {
        HubName name = HubName.Parse(text);
        Assert.Equal((repository, revision, file, text), (name.Repository, name.Revision, name.File, $"{name}"));
        Assert.False(name.IsExact);
        Assert.True(name.At(HubServer.Commit).IsExact);
    }

    [Theory]
    [InlineData("hf:")]
    [InlineData("hf:org/")]
    [InlineData("hf:a/b/c")]
    [InlineData("hf:../name")]
    [InlineData("hf:org/a--b")]
    [InlineData("hf:org/na me")]
    [InlineData("hf:org/name@")]
    [InlineData("hf:org/name@../main")]
    [InlineData("hf:org/name@a\\b")]
    [InlineData("hf:org/name:")]
    [InlineData("hf:org/name:/etc/passwd")]
    [InlineData("hf:org/name:a/../../b")]
    [InlineData("hf:org/name:a:b")]
    public void What_is_no_name_is_a_flaw_of_its_key_that_says_which_form_is_expected(string text)
    {
        Recipe recipe = new()
        {
            Name = "a", Benchmark = new() { Name = "gsm8k" },
            Backbone = new() { Name = "llama", Checkpoint = text, Vocabulary = text },
        };
        Flaw[] flaws = [.. RecipeValidator.Validate(recipe).Where(flaw => flaw.Path.StartsWith("backbone"))];
        Assert.Equal(["backbone.checkpoint", "backbone.vocabulary"], flaws.Select(flaw => flaw.Path));
        Assert.Contains("expected", flaws[0].Sentence);
        Refuses.Recipe("expected", () => HubName.Parse(text));
    }

    [Fact]
    public void A_vocabulary_is_a_file_of_a_model()
    {
        BackboneRecipe backbone = new() { Name = "llama", Checkpoint = "hf:org/name", Vocabulary = "hf:org/name" };
        Recipe recipe = new() { Name = "a", Benchmark = new() { Name = "gsm8k" }, Backbone = backbone };
        Assert.Contains("hf:org/name:tokenizer.json", Assert.Single(RecipeValidator.Validate(recipe)).Sentence);
        Assert.Empty(RecipeValidator.Validate(recipe with { Backbone = backbone with { Vocabulary = "hf:org/name:tokenizer.json" } }));
    }
}
