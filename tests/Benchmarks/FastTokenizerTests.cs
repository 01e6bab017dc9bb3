using Das.Benchmarks.Text.Fast;
using Das.Benchmarks.Text.Unicode;

namespace Das.Tests.Benchmarks;

public sealed class FastTokenizerTests : FolderTest
{
    private const string Whole = """
        {"added_tokens": [{"id": 6, "content": "<s>", "special": true, "normalized": false}], "normalizer": null, "pre_tokenizer": null,
         "post_processor": null, "decoder": {"type": "Fuse"},
         "model": {"type": "BPE", "unk_token": "?", "vocab": {"a": 0, "b": 1, "ab": 2, "abb": 3, "?": 4, "c": 5}, "merges": ["a b", ["ab", "b"]]}}
        """;

    /// <summary>What is changed in <see cref="Whole"/>, into what, and what the refusal says.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "\"a b\"", "\"a x\"", "model.merges[0] merges 'a' and 'x', but 'x' is no piece of the vocabulary" },
        { "[\"ab\", \"b\"]", "[\"ab\", \"c\"]", "model.merges[1] merges 'ab' and 'c', but 'abc' is no piece" },
        { "\"a b\"", "\"a b c\"", "model.merges[0]: 'a b c' is not a pair of pieces" },
        { "\"a b\"", "[\"a\"]", "model.merges[0] must be a pair of pieces" },
        { "\"BPE\"", "\"Unigram\"", "model: 'Unigram' is not read; known: BPE, WordPiece" },
        { "\"unk_token\": \"?\"", "\"unk_token\": \"!\"", "the unknown token '!' is no piece" },
        { "\"unk_token\": \"?\"", "\"dropout\": 0.1", "model.dropout must be null or 0" },
        { "\"unk_token\": \"?\"", "\"new\": 1", "model has the key 'new', which is not read" },
        { "\"c\": 5", "\"c\": 1", "two tokens of id 1, 'b' and 'c'" },
        { "\"c\": 5", "\"c\": 1048600", "one of them has id 1048600" },
        { "\"c\": 5", "\"c\": -1", "model.vocab['c'] must be a whole number" },
        { "\"id\": 6", "\"id\": 5", "two tokens of id 5, 'c' and '<s>'" },
        { "\"<s>\", \"special\"", "\"c\", \"special\"", "the added token 'c' has id 6, and its vocabulary gives it 5" },
        { "\"<s>\", \"special\"", "\"\", \"special\"", "added_tokens[0].content must be a text of 1 to 512 characters" },
        { "\"normalizer\": null", "\"normalizer\": {\"type\": \"Precompiled\"}", "normalizer: 'Precompiled' is not read; known: NFC" },
        { "\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"UnicodeScripts\"}]}",
            "pre_tokenizer.pretokenizers[0]: 'UnicodeScripts' is not read" },
        { "\"pre_tokenizer\": null", Split("(a)\\\\1"), "pre_tokenizer.pattern: the pattern '(a)\\1' is not read" },
        { "\"pre_tokenizer\": null", Split("((a{1000}){1000}){1000}"), "is not read" },
        { "\"pre_tokenizer\": null", Split(""), "a pattern of 0 characters" },
        { "\"post_processor\": null", "\"post_processor\": {\"type\": \"New\"}", "post_processor: 'New' is not read" },
        { "\"post_processor\": null", "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": []}", "a list in which the text A stands" },
        { "\"post_processor\": null", "\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"x\", 9], \"cls\": [\"<s>\", 6]}", "has no token 9" },
        { "\"Fuse\"", "\"CTC\"", "decoder: 'CTC' is not read" },
        { "{\"type\": \"Fuse\"}", "[]", "decoder must be an object" },
    };

    private static string Split(string pattern) =>
        $$"""
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "{{pattern}}"}, "behavior": "Isolated", "invert": false}
        """;

    private static string Recorded(string name) => Repository.PathOf($"tests/fixtures/parity/decoders/{name}/tokenizer/tokenizer.json");

    private FastTokenizer Load(string json)
    {
        folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(json));
        return FastTokenizer.Load(folder["tokenizer.json"]);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_known_is_refused_by_its_name_and_place(string part, string instead, string says)
    {
        Assert.Equal([3, 5, 6, 4], Load(Whole).Encode("abbc<s>!"));
        Assert.Contains(part, Whole);
        Refuses.Data(says, () => Load(Whole.Replace(part, instead)));
    }

    [Theory]
    [InlineData("T02_llama3")]
    [InlineData("T05_llama2")]
    public void Any_text_comes_back_and_a_continuation_keeps_its_first_space(string name)
    {
        var tokenizer = FastTokenizer.Load(Recorded(name));
        SplitMix64 random = new(5);
        string[] letters = ["a", " ", "  ", "\n", "\r\n", "é", "e\u0301", "日", "\U0001F600", "\U0001D49C", "\U0001D7D8", "12345", "'s", "\0", "</", "don't"];
        for (int round = 0; round < 300; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Below(14)).Select(_ => random.Pick(letters)));
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, bos: true)));
            if (text.Length > 0) Assert.Equal(name == "T05_llama2" ? " " + text : text, tokenizer.DecodeContinuation(ids));
        }
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\uD800")));
        Assert.Equal("", tokenizer.Decode([-1, int.MaxValue]));
    }

    [Theory]
    [InlineData("gpt-2", "I|'ll|'|S| 𝒜𝓑x| 12345½|..|\n |\t|x")]
    [InlineData("smollm", "I|'ll|'|S| 𝒜𝓑x| |1|2|3|4|5|½|..|\n |\t|x")]
    [InlineData("llama-bpe", "I|'ll|'S| 𝒜𝓑x| |123|45½|..\n| |\tx")]
    [InlineData("qwen2", "I|'ll|'S| 𝒜𝓑x| |1|2|3|4|5|½|..\n| |\tx")]
    [InlineData("tekken", "I|'ll|'S| 𝒜𝓑x| |1|2|3|4|5|½|..\n| |\tx")]
    public void Words_are_cut_by_characters_beyond_the_basic_plane_too(string splitting, string words) =>
        Assert.Equal(words.Split('|'), PreTokenizers.Run(PreTokenizers.Of(TokenizerPart.OfNode(Splitting.Of(splitting, "test").PreTokenizer)),
            new(words.Replace("|", ""), true)).Select(word => Encoding.UTF8.GetString(ByteAlphabet.Read(word.Text))));

    [Fact]
    public void Lists_of_tokens_and_merges_read_as_the_file_of_the_same_tokenizer()
    {
        JsonElement file = JsonDocument.Parse(File.ReadAllBytes(Recorded("T02_llama3"))).RootElement, model = file.GetProperty("model");
        var read = FastTokenizer.Load(Recorded("T02_llama3"));
        int pieces = model.GetProperty("vocab").GetPropertyCount();
        string[] tokens = [.. Enumerable.Range(0, read.VocabularySize).Select(id => read[id])],
            merges = [.. model.Items("merges").Select(pair => $"{pair[0].GetString()} {pair[1].GetString()}")];
        int[] kinds = [.. tokens.Select((_, id) => id < pieces ? 1 : 3)];
        var lists = FastTokenizer.OfLists("lists", tokens, kinds, merges, "llama-bpe", begin: pieces, endOfText: pieces + 1);
        foreach (JsonElement row in JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests/fixtures/parity/decoders/T02_llama3/case.json")))
            .RootElement.Items("rows"))
        {
            string text = row.String("text");
            Assert.Equal(read.Encode(text, bos: true), lists.Encode(text, bos: true));
            Assert.Equal([.. read.Encode(text), lists.EosId], lists.Encode(text, eos: true));
            Assert.Equal(read.Decode(read.Encode(text)), lists.Decode(lists.Encode(text)));
        }
        Refuses.Data("lists: merges[0] merges", () => FastTokenizer.OfLists("lists", tokens, kinds, ["zz yy"], "llama-bpe", null, null));
        Refuses.Data("splitting 'llama'", () => FastTokenizer.OfLists("lists", tokens, kinds, merges, "llama", null, null));
        Refuses.Data("is of type 9", () => FastTokenizer.OfLists("lists", tokens, [.. kinds.Skip(1), 9], merges, "gpt-2", null, null));
    }

    [Fact]
    public void Normal_forms_are_unicodes_whatever_the_host_knows()
    {
        (string Text, string Composed, string Compatible)[] known =
        [
            ("plain", "plain", "plain"), ("e\u0301", "\u00E9", "\u00E9"), ("\u212B", "\u00C5", "\u00C5"), ("\uFB01\u00BD", "\uFB01\u00BD", "fi1\u20442"),
            ("\u1112\u1161\u11AB", "\uD55C", "\uD55C"),
            ("a\u0301\u0323", "\u1EA1\u0301", "\u1EA1\u0301"), ("\u0958", "\u0915\u093C", "\u0915\u093C"), ("\u0344", "\u0308\u0301", "\u0308\u0301"),
            ("\U0001D49C", "\U0001D49C", "A"), ("\u0301e", "\u0301e", "\u0301e"),
        ];
        foreach ((string text, string composed, string compatible) in known)
        {
            Assert.Equal(composed, Normalization.Composed(text, compatible: false));
            Assert.Equal(compatible, Normalization.Composed(text, compatible: true));
        }
        Assert.Equal("\u1112\u1161\u11ABe\u0301", Normalization.Decomposed("\uD55C\u00E9", compatible: false));
    }

    [Fact]
    public void The_end_of_a_text_is_what_the_file_beside_says()
    {
        Refuses.Data("does not say which token ends a text", () => _ = Load(Whole).EosId);
        Assert.Equal(2, FastTokenizer.Load(folder["tokenizer.json"], endOfText: 2).EosId);
        Refuses.Data("has no token 7", () => FastTokenizer.Load(folder["tokenizer.json"], endOfText: 7));
        folder.Write("tokenizer_config.json", "{\"eos_token\": {\"content\": \"<s>\"}, \"bos_token\": null}"u8.ToArray());
        Assert.Equal([3, 6], Load(Whole).Encode("abb", eos: true));
        folder.Write("tokenizer_config.json", "{\"eos_token\": \"<e>\"}"u8.ToArray());
        Refuses.Data("the eos_token '<e>' is no token of", () => Load(Whole));
    }

    [Fact]
    public void A_training_text_begins_with_the_files_template_and_ends_with_the_end_of_text()
    {
        var tokenizer = FastTokenizer.Load(Recorded("T02_llama3"), endOfText: 724);
        LearntText text = new PlainForm(tokenizer).Training(new("1", "Hello", " world", "Hello", [], [], "", default, new Dictionary<string, string>()), 100);
        Assert.Equal([.. tokenizer.Before, .. tokenizer.Encode("Hello"), .. tokenizer.Encode(" world"), 724], text.Ids.Select(id => (int)id));
        Assert.Equal(tokenizer.Encode(" world", eos: true), text.Labels.Where(label => label != ConversationRow.Ignored).Select(label => (int)label));
        var row = ConversationRow.Of(tokenizer, [new(ByUser: true, $"{Conversation.Image}\nWhat?"), new(ByUser: false, "No")]);
        Assert.Equal(1, row.Ids.Count(id => id == tokenizer.Before[0]));
    }

    [Fact]
    public void Where_LLaMAs_end_of_text_is_no_token_the_assistant_continues_the_prompt_and_ends_with_the_tokenizers_own()
    {
        var tokenizer = FastTokenizer.Load(Recorded("T02_llama3"), endOfText: 724);
        int[] said = [.. tokenizer.Encode(" No"), 724];
        var row = ConversationRow.Of(tokenizer, [new(ByUser: true, $"{Conversation.Image}\nWhat?"), new(ByUser: false, "No")]);
        Assert.Equal([.. ConversationRow.Encode(tokenizer, Conversation.Query("What?")), .. said], row.Ids);
        Assert.Equal([.. Enumerable.Repeat(ConversationRow.Ignored, row.Ids.Length - said.Length), .. said], row.Labels);

        var twice = ConversationRow.Of(tokenizer, [new(ByUser: true, "What?"), new(ByUser: false, "No"), new(ByUser: true, "Why?"), new(ByUser: false, "So")]);
        int[] again = [.. tokenizer.Encode(" So"), 724];
        Assert.Equal([.. said, .. again], twice.Labels.Where(label => label != ConversationRow.Ignored));
        string asked = Conversation.Query("What?", image: false) + " No</s>USER: Why? ASSISTANT:";
        Assert.Equal([.. ConversationRow.Encode(tokenizer, asked), .. again], twice.Ids);
    }

    [Fact]
    public void A_folder_with_a_tokenizer_json_is_a_decoders_vocabulary_before_the_forms_of_encoders()
    {
        foreach (string name in (string[])["vocab.json", "merges.txt", "vocab.txt", "tokenizer.json", "tokenizer_config.json"])
            folder.Write(name, "{}"u8.ToArray());
        Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Names("llama"));
        Assert.Equal(["vocab.json", "merges.txt"], Names("meter"));
        using TemporaryFolder copies = new();
        Assert.Equal(["tokenizer.json", "tokenizer_config.json"], BackboneFiles.CopyVocabulary(Recipe("llama"), copies.Path));
        Assert.Equal([copies["tokenizer.json"], copies["tokenizer_config.json"]], BackboneFiles.VocabularyIn(copies.Path));
        folder.Write("tokenizer.model", "{}"u8.ToArray());
        Assert.Equal(["tokenizer.model"], Names("llama"));

        BackboneRecipe Recipe(string name) => new() { Name = name, Checkpoint = folder.Path };
        IEnumerable<string?> Names(string name) => BackboneFiles.Vocabulary(Recipe(name)).Select(Path.GetFileName);
    }
}
