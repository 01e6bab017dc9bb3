using Das.Fuzz;

namespace Das.Tests.Training;

/// <summary>The tokenizer that a decoder's GGUF file holds.</summary>
public sealed class GgufTokenizerTests : FolderTest
{
    public static TheoryData<ParityCase> Cases => [.. ParityCase.All.Where(recorded => recorded.Kind == "G_model")];

    private static DecoderTokenizer Of(string file) => BackboneFiles.DecoderTokenizer(BackboneFiles.Vocabulary(Recipe(file)));

    private static BackboneRecipe Recipe(string file) => new() { Name = "llama", Checkpoint = file };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Its_ids_and_texts_are_the_recorded_ones_and_so_are_its_copys(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        string file = Path.Combine(recorded.Folder, json.String("gguf_file"));
        Assert.Equal(["tokenizer.gguf.json"], BackboneFiles.CopyVocabulary(Recipe(file), folder.Path));
        foreach (DecoderTokenizer ours in (DecoderTokenizer[])[Of(file), BackboneFiles.DecoderTokenizer(BackboneFiles.VocabularyIn(folder.Path))])
        {
            Assert.Equal((json.GetProperty("tokenizer").Int("size"), json.GetProperty("config").Int("eos_token_id")), (ours.VocabularySize, ours.EosId));
            foreach (JsonElement row in json.GetProperty("expected_json").Items("tokenizer_rows"))
            {
                string text = row.String("text");
                Assert.Equal(row.Ints("ids"), ours.Encode(text));
                Assert.Equal(row.Ints("ids_with_bos"), ours.Encode(text, bos: true));
                Assert.Equal(row.String("decoded"), ours.Decode(row.Ints("ids_with_bos")));
            }
        }
    }

    [Fact]
    public void A_file_without_a_tokenizer_or_with_one_that_is_not_read_is_refused()
    {
        Refuses.Data("x.gguf holds no tokenizer", () => Of(Written(new())));
        Refuses.Data("the form 't5', which is not read; known: gpt2, llama", () => Of(Written(Tokens("t5", "qwen2"))));
        Refuses.Data("x.gguf: Unknown splitting 'default'", () => Of(Written(Tokens("gpt2", "default"))));
        Refuses.Data("x.gguf: merges[0] merges 'a' and 'c'", () => Of(Written(Tokens("gpt2", "qwen2").With("tokenizer.ggml.merges", (string[])["a c"]))));
        Refuses.Data("does not say which token ends a text", () => _ = Of(Written(Tokens("gpt2", "qwen2"))).EosId);
        Refuses.Data("add_space_prefix", () => Of(Written(Tokens("llama", "default").With("tokenizer.ggml.add_space_prefix", false))));
        folder.Write("tokenizer.gguf.json", "{\"model\": \"gpt2\"}"u8.ToArray());
        Refuses.Data("tokenizer.gguf.json is damaged", () => BackboneFiles.DecoderTokenizer([folder["tokenizer.gguf.json"]]));

        string Written(GgufParts parts) => folder.Write("x.gguf", parts.With("v", [1], 0, new byte[4]).Written());

        static GgufParts Tokens(string model, string splitting) => new GgufParts().With("tokenizer.ggml.model", model)
            .With("tokenizer.ggml.pre", splitting).With("tokenizer.ggml.tokens", (string[])["a", "b", "ab"]);
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_real_models_tokenizer_gives_the_ids_that_its_answers_were_recorded_with()
    {
        DecoderTokenizer ours = Of(Repository.DataOf("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        JsonElement truths = JsonDocument.Parse(File.ReadAllBytes(Repository.DataOf("smollm2", "truths.json"))).RootElement;
        foreach (JsonElement prompt in truths.Items("prompts"))
        {
            string text = prompt.String("text");
            Assert.Equal(prompt.Ints("ids"), ours.Encode(text, bos: true));
            Assert.Equal(prompt.String("continuation").Replace("<|im_end|>", ""), ours.DecodeContinuation(prompt.Ints("continuation_ids")));
        }
        Assert.Equal((49152, 2), (ours.VocabularySize, ours.EosId));
    }
}
