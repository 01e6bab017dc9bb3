namespace Das.Tests.Models;

/// <summary>Small trained LLaMAs of llama2.c.</summary>
public sealed class StoriesTests : TensorTest
{
    private static string Folder => Repository.DataOf("llama_weights");

    public static TheoryData<string, string> Models => new() { { "stories260K.bin", "tok512.bin" }, { "aidreams260K.bin", "aidreams_tok512.bin" } };

    [Theory]
    [Trait("Needs", "shared-data")]
    [MemberData(nameof(Models))]
    public void A_trained_model_tells_the_story_that_a_plain_implementation_tells(string weights, string vocabulary)
    {
        using Llama model = Load(weights);
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(Folder, vocabulary));
        int[] expected = new PlainLlama(Path.Combine(Folder, weights)).Greedy(tokenizer.BosId, 100);
        foreach (bool cached in (bool[])[true, false])
            Assert.Equal(expected, Continuations.Texts(model, Continuations.Batch([tokenizer.BosId]), new(100, -1) { UsesCache = cached }).Single());
    }

    /// <summary>What <c>run stories260K.bin -t 0.0</c> prints (https://github.com/karpathy/llama2.c, <c>doc/stories260K.md</c>).</summary>
    private const string Printed =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
        + """
        She wanted to play with it, but it was too high.
        Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She said, "I want to play with your ball, but I can't find it."
        Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
        Lily didn't want to help her mom, so she said, "I'm sorry, mom. I didn't know what to do." Her mom said, "Don't worry, Lily. We can help you.
        """;

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData(true)]
    [InlineData(false)]
    public void The_story_is_the_one_that_llama2c_prints(bool cached)
    {
        using Llama model = Load("stories260K.bin");
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(Folder, "tok512.bin"));
        int[] tokens = Continuations.Texts(model, Continuations.Batch([tokenizer.BosId]), new(256, tokenizer.EosId) { UsesCache = cached }).Single();
        Assert.StartsWith(Printed, tokenizer.Decode(tokens));
    }

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("[]")]
    [InlineData("[0, 3]")]
    public void Prompts_of_different_length_are_continued_together_as_alone(string layers)
    {
        using Llama model = Load("stories260K.bin");
        model.Skipped = SkipMask.Parse(layers);
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(Folder, "tok512.bin"));
        long[][] prompts = [.. new[] { "Tim had a dog", "One day, a cat and a bird went to the park to play. The cat", "" }.Select(text =>
            tokenizer.Encode(text, bos: true).Select(id => (long)id).ToArray())];
        GenerationOptions options = new(40, tokenizer.EosId);
        IReadOnlyList<int[]> together = Continuations.Texts(model, Continuations.Batch(prompts), options);
        Assert.Equal(together, prompts.Select(prompt => Continuations.Texts(model, Continuations.Batch(prompt), options).Single()));
        Assert.Equal(together, Continuations.Texts(model, Continuations.Batch(prompts), options with { UsesCache = false }));
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_recipe_that_names_the_file_builds_it_with_its_own_sizes()
    {
        BackboneRecipe recipe = new() { Name = "llama", Checkpoint = Path.Combine(Folder, "stories260K.bin"), Vocabulary = Path.Combine(Folder, "tok512.bin"),
            InLayerBottleneck = 2, ReplacementBottleneck = 8 };
        Assert.Equal(5, ModelFiles.Sizes(recipe).Candidates);
        using SkippableModel model = ModelFiles.FromPretrained(recipe, new(), tokenTypes: 2, dropout: 0, seed: 1, CPU, SkipMask.Of(1, 4));
        LlamaConfig config = Assert.IsType<Llama>(model).Config;
        Assert.Equal((512, 64, 5, 8, 4, 172, 1e-5, 512, "float32"),
            (config.VocabSize, config.Dim, config.Layers, config.Heads, config.KvHeads, config.Hidden, config.NormEps, config.MaxLength, config.Dtype));
        Assert.Equal(3 * 2, model.named_parameters().Count(p => p.name.Contains("adapter_attn") && p.name.EndsWith("weight")));
        Assert.Equal(2, BackboneFiles.Digests(recipe).Count);
    }

    private static Llama Load(string weights)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(Path.Combine(Folder, weights));
        JsonObject config = BackboneCatalog.Get("llama").Configure(JsonNode.Parse(checkpoint.Metadata[Checkpoint.ConfigKey])!.AsObject(), null,
            "backbone.config");
        Llama model = (Llama)BackboneCatalog.Get("llama").Build(config, new(), null);
        CheckpointLoader.LoadInto(model, checkpoint, model.PretrainedRules);
        model.eval();
        return model;
    }
}
