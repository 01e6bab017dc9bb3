namespace Das.Tests.Benchmarks;

/// <summary>BERT's tokenizers in the form of a <c>tokenizer.json</c>.</summary>
public sealed class WordPieceJsonTests : FolderTest
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private static readonly string[] Small = [.. Special, "a", "cat", "##s", "##at", "c", "?"];

    /// <summary>What is changed in the file of <see cref="Small"/>, into what, and what the refusal says.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"<unk>\"", "model: the unknown token '<unk>' is no piece of the vocabulary" },
        { "\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":257", "model.max_input_chars_per_word must be a whole number from 0 to 256" },
        { "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"[UNK]\",\"merges\":[]", "model has the key 'merges', which is not read" },
        { "\"WordPiece\",\"unk", "\"WordLevel\",\"unk", "model: 'WordLevel' is not read; known: BPE, WordPiece" },
        { "\"continuing_subword_prefix\":\"##\",", "", "model.continuing_subword_prefix must be a text" },
        { "\"clean_text\"", "\"cleans\"", "normalizer has the key 'cleans', which is not read" },
        { "\"cleanup\":true", "\"cleanup\":1", "decoder.cleanup must be true or false" },
        { "{\"type\":\"BertPreTokenizer\"}", "{\"type\":\"BertPreTokenizer\",\"x\":1}", "pre_tokenizer has the key 'x', which is not read" },
    };

    private static string Recorded(string name) => Repository.PathOf($"tests/fixtures/tokenizers/{name}");

    /// <summary>The file that a BERT-uncased of that vocabulary is published with.</summary>
    internal static string Uncased(params IReadOnlyList<string> vocabulary) => new JsonObject
    {
        ["version"] = "1.0", ["truncation"] = null, ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. Special.Select(token => new JsonObject
        {
            ["id"] = vocabulary.ToList().IndexOf(token), ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
            ["normalized"] = false, ["special"] = true,
        })]),
        ["normalizer"] = new JsonObject
        {
            ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null, ["lowercase"] = true,
        },
        ["pre_tokenizer"] = JsonNode.Parse("""{"type": "BertPreTokenizer"}"""),
        ["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing", ["special_tokens"] = new JsonObject { ["[CLS]"] = Ids(vocabulary, "[CLS]"), ["[SEP]"] = Ids(vocabulary, "[SEP]") },
            ["single"] = JsonNode.Parse("""[{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}]"""),
        },
        ["decoder"] = JsonNode.Parse("""{"type": "WordPiece", "prefix": "##", "cleanup": true}"""),
        ["model"] = new JsonObject
        {
            ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100,
            ["vocab"] = new JsonObject(vocabulary.Select((piece, id) => KeyValuePair.Create(piece, (JsonNode?)id))),
        },
    }.ToJsonString();

    private static JsonObject Ids(IReadOnlyList<string> vocabulary, string token) => new()
    {
        ["id"] = token, ["ids"] = new JsonArray(vocabulary.ToList().IndexOf(token)), ["tokens"] = new JsonArray(token),
    };

    private string Written(string json) => folder.Write("tokenizer.json", json);

    [Theory]
    [InlineData("wordpiece_uncased")]
    [InlineData("wordpiece_cased")]
    public void Its_ids_and_texts_are_those_of_the_published_library(string name)
    {
        var ours = FastTokenizer.Load(Path.Combine(Recorded(name), "tokenizer.json"));
        var encoder = FastEncoder.Load(Path.Combine(Recorded(name), "tokenizer.json"));
        List<string> wrong = [];
        foreach (JsonElement row in JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Recorded(name), "rows.json"))).RootElement.Items("rows"))
        {
            string text = row[0].GetString()!, decoded = row[2].GetString()!;
            int[] ids = row[1].Ints();
            if (!ids.SequenceEqual((int[])[.. ours.Before, .. ours.Encode(text), .. ours.After]) || decoded != ours.Decode(ids)) wrong.Add(text);
            (long[] padded, long[] mask) = encoder.Encode(text, ids.Length + 3);
            Assert.Equal([.. ids, .. Enumerable.Repeat(encoder.Pad, 3)], padded.Select(id => (int)id));
            Assert.Equal(ids.Length, mask.Sum());
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void It_reads_texts_as_the_vocab_txt_of_the_same_pieces()
    {
        string[] pieces = File.ReadAllLines(TinyMeter.Vocabulary);
        var json = FastEncoder.Load(Written(Uncased(pieces)));
        var lines = WordPiece.Load(TinyMeter.Vocabulary);
        Assert.Equal((lines.Count, lines.Pad, lines.Unknown, lines.Class, lines.Separator, lines.Mask),
            (json.Count, json.Pad, json.Unknown, json.Class, json.Separator, json.Mask));
        SplitMix64 random = new(3);
        string[] letters = ["a", "red ", " circle", "Square", "\u00c9", "e\u0301", "\u4e2d", "\ud55c", "[MASK]", "[MAS", "##s", "'", "?", "\0", "\u00ad",
            "\u2028", "\U0001F600", new string('x', 101), "\u0130", "\n"];
        for (int round = 0; round < 500; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Below(10)).Select(_ => random.Pick(letters)));
            Assert.Equal(lines.Tokenize(text), json.Tokenize(text));
            Assert.Equal(lines.Encode(text, 9).Ids, json.Encode(text, 9).Ids);
        }
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_real_vocabulary_gives_the_ids_that_a_towers_recordings_hold()
    {
        string[] pieces = File.ReadAllLines(Repository.DataOf("minilm_l6", "vocab.txt"));
        var json = FastEncoder.Load(Written(Uncased(pieces)));
        foreach (ParityCase recorded in ParityCase.All.Where(recorded => recorded.Id.EndsWith("minilm_l6", StringComparison.Ordinal)))
        {
            Tensor ids = TensorFile.Read(Path.Combine(recorded.Folder, recorded.Read().String("inputs_file")))["ids"].to(ScalarType.Int64);
            foreach ((string sentence, int row) in recorded.Read().Texts("sentences").Select((sentence, row) => (sentence, row)))
                Assert.Equal(Continuations.Longs(ids[row]), json.Encode(sentence, (int)ids.shape[1]).Ids);
        }
        Assert.Equal("how many cats are there? i ' m naive.", FastTokenizer.Load(folder["tokenizer.json"]).Decode(
            json.Encode("How many cats are there? I 'm na\u00efve .", 40).Ids.Select(id => (int)id)));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_known_is_refused_by_its_name_and_place(string part, string instead, string says)
    {
        string whole = Uncased(Small);
        Assert.Contains(part, whole);
        Assert.Equal([6, 7, 1], FastTokenizer.Load(Written(whole)).Encode("cats zz"));
        Refuses.Data(says, () => FastTokenizer.Load(Written(whole.Replace(part, instead))));
    }

    [Fact]
    public void An_encoder_needs_a_begin_and_an_end_of_texts_and_tokens_that_pad_and_mask()
    {
        string whole = Uncased(Small);
        JsonObject bare = JsonNode.Parse(whole)!.AsObject();
        bare["post_processor"] = null;
        Refuses.Data("puts 0 tokens before a text and 0 behind it", () => FastEncoder.Load(Written(bare.ToJsonString())));
        Refuses.Data("has none of the tokens [MASK], <mask>", () => FastEncoder.Load(Written(whole.Replace("[MASK]", "[CLOZE]"))));
        folder.Write("tokenizer_config.json", """{"mask_token": {"content": "[CLOZE]"}}""");
        Assert.Equal(4, FastEncoder.Load(folder["tokenizer.json"]).Mask);
        folder.Write("tokenizer_config.json", """{"mask_token": "[CLOZE]", "pad_token": "[EMPTY]"}""");
        Refuses.Data("the pad_token '[EMPTY]' is no token of", () => FastEncoder.Load(folder["tokenizer.json"]));
    }

    [Fact]
    public void It_is_the_vocabulary_of_a_model_that_fuses_texts_with_images_from_beside_the_text_tower_too()
    {
        folder.Write("tower/tokenizer.json", Uncased(Small));
        folder.Write("joint/model.safetensors", []);
        BackboneRecipe backbone = new() { Name = "meter", Checkpoint = folder["joint/model.safetensors"], TextCheckpoint = folder["tower"] };
        Assert.Equal([folder["tower/tokenizer.json"]], BackboneFiles.Vocabulary(backbone));
        Assert.Equal(Small.Length, BackboneFiles.Tokenizer(BackboneFiles.Vocabulary(backbone)).Count);
        BackboneFiles.CheckVocabulary(backbone, new() { ["vocabSize"] = Small.Length });
        Refuses.Checkpoint("has 11 tokens, and the token table of", () => BackboneFiles.CheckVocabulary(backbone, new() { ["vocabSize"] = 10 }));
        folder.Write("joint/vocab.txt", string.Join('\n', Small));
        Assert.Equal([folder["joint/vocab.txt"]], BackboneFiles.Vocabulary(backbone));
        Assert.Equal([folder["tower/tokenizer.json"]], BackboneFiles.Vocabulary(backbone with { Vocabulary = folder["tower/tokenizer.json"] }));
        folder.Write("decoder/tokenizer.json", File.ReadAllBytes(Repository.PathOf("tests/fixtures/parity/decoders/T05_llama2/tokenizer/tokenizer.json")));
        Refuses.Data("give the tokenizer of its text tower",
            () => BackboneFiles.CheckVocabulary(backbone with { Vocabulary = folder["decoder/tokenizer.json"] }, new() { ["vocabSize"] = 1000 }));
    }

    [Fact]
    public async Task Long_words_of_long_pieces_are_cut_in_time_that_grows_with_the_texts_length()
    {
        string piece = new('a', 255);
        var tokenizer = FastTokenizer.Load(Written(Uncased([.. Special, "a", "##a", piece + "b", "##" + piece + "b"])
            .Replace("\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":256")));
        string text = string.Concat(Enumerable.Repeat(piece + "a ", 1200));
        Assert.Equal(1200 * 256, (await Das.Tests.Hostile.Fixtures.InTime(() => tokenizer.Encode(text))).Length);
    }
}
