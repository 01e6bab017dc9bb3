using Das.Fuzz;

namespace Das.Tests.Training;

/// <summary>The tokenizer of a GGUF file, written for other libraries as a <c>tokenizer.json</c>.</summary>
public sealed class WrittenTokenizerTests : FolderTest
{
    private const string Hard = "Hard texts: don't \u00e9e\u0301 \u4e2d\u6587 \ud55c\uad6d \U0001F600\U0001D49C  12345\u00bd\n\n\t x\r\n \u2581 ...!? ";

    private static readonly string[] Letters =
    [
        "a", "b", "the", " the", " ", "  ", "\n", "\r\n\t", "'s", "I'LL", "12345", "\u00bd", "\u00e9", "e\u0301", "\u4e2d", "\ud55c", "\U0001F600",
        "\U0001D49C", "\u2581", "...", "\0", "\uFFFD", "</s", "aaaaaaa", "abab", "\u00a0",
    ];

    public static TheoryData<ParityCase> Cases => [.. ParityCase.All.Where(recorded => recorded.Kind == "G_model")];

    /// <summary>Recorded tokenizers in the committed part, by the splitting that makes their lists the same tokenizer.</summary>
    public static TheoryData<string, string> Recorded => new() { { "T02_llama3", "llama-bpe" }, { "T05_llama2", "" } };

    private static string PathOf(string name) => Repository.PathOf($"tests/fixtures/parity/decoders/{name}");

    private static DecoderTokenizer Of(string file) => BackboneFiles.DecoderTokenizer([file]);

    private static IEnumerable<string> Texts()
    {
        SplitMix64 random = new(11);
        return Enumerable.Range(0, 400).Select(_ => string.Concat(Enumerable.Range(0, random.Below(12)).Select(_ => random.Pick(Letters)))).Prepend(Hard);
    }

    /// <summary>Writes the file's tokenizer and compares it, read again, with the file's.</summary>
    private FastTokenizer Same(string file, params IEnumerable<string> texts)
    {
        Assert.Null(BackboneFiles.WriteVocabulary([file], folder.Path, null));
        DecoderTokenizer theirs = Of(file);
        var written = FastTokenizer.Load(folder["tokenizer.json"]);
        Assert.Equal((theirs.VocabularySize, theirs.UnknownId, theirs.EosId), (written.VocabularySize, written.UnknownId, written.EosId));
        foreach (string text in texts)
        {
            int[] ids = theirs.EncodeMarked(text);
            Assert.Equal(ids, written.Encode(text, bos: true));
            Assert.Equal(theirs.Decode(ids), written.Decode(ids));
            Assert.Equal(theirs.DecodeContinuation(theirs.EncodeMarked(text, bos: false)), written.DecodeContinuation(written.Encode(text)));
        }
        return written;
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void It_gives_the_recorded_ids_and_texts(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        FastTokenizer written = Same(Path.Combine(recorded.Folder, json.String("gguf_file")), Texts());
        foreach (JsonElement row in json.GetProperty("expected_json").Items("tokenizer_rows"))
        {
            Assert.Equal(row.Ints("ids_with_bos"), written.Encode(row.String("text"), bos: true));
            Assert.Equal(row.String("decoded"), written.Decode(row.Ints("ids_with_bos")));
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_published_file_comes_back_through_gguf_with_its_recorded_ids(string name, string splitting)
    {
        FastTokenizer written = Same(Gguf(name, splitting), Texts());
        foreach (JsonElement row in JsonDocument.Parse(File.ReadAllBytes(Path.Combine(PathOf(name), "case.json"))).RootElement.Items("rows"))
        {
            int[] ids = row.Ints(row.TryGetProperty("ids_special", out JsonElement _) ? "ids_special" : "ids");
            Assert.Equal(ids, written.Encode(row.String("text"), bos: true));
            Assert.Equal(row.TryGetProperty("decoded_skip", out JsonElement plain) ? plain.GetString() : row.String("text"), written.Decode(ids));
        }
        JsonElement config = JsonDocument.Parse(File.ReadAllBytes(folder["tokenizer_config.json"])).RootElement;
        Assert.Equal(("PreTrainedTokenizerFast", "{{ bos_token }}"), (config.String("tokenizer_class"), config.String("chat_template")));
        Assert.Equal(written[written.EosId], config.String("eos_token"));
        Assert.Equal(written[written.Before[0]], config.String("bos_token"));
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("smollm")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("tekken")]
    public void Every_splitting_is_written_as_it_is_read(string splitting) => Same(Gguf("T02_llama3", splitting), Texts());

    [Fact]
    public void Scores_become_merges_in_their_order_whatever_pieces_there_are()
    {
        SplitMix64 random = new(2);
        for (int round = 0; round < 150; round++)
        {
            HashSet<string> pieces = ["\u2581", "a", "b"];
            while (pieces.Count < 16) pieces.Add(string.Concat(Enumerable.Range(0, 1 + random.Below(6)).Select(_ => "aab\u2581"[random.Below(4)])));
            float[] scores = [.. pieces.Select((_, i) => (float)i)];
            for (int i = scores.Length - 1; i > 0; i--)
            {
                int other = random.Below(i + 1);
                (scores[i], scores[other]) = (scores[other], scores[i]);
            }
            if (round % 2 == 0) pieces.RemoveWhere(piece => piece.Length > 1 && piece.Trim('\u2581').Length == 0); // for runs of one score instead
            string[] runs = round % 2 == 0 ? [.. Enumerable.Range(2, 7).Select(length => new string('\u2581', length))] : [];
            Same(Pieces([.. pieces, .. runs], [.. scores[..pieces.Count], .. runs.Select(_ => 5.5f)]), Enumerable.Range(0, 20)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Below(24)).Select(_ => "aab  "[random.Below(5)]))));
        }
    }

    [Theory]
    [InlineData("two pieces of one score", -1f, -1f, "a", "b", "ab", "ba")]
    [InlineData("a piece of a character that is none", -1f, -2f, "a", "ab", "ba")]
    [InlineData("no number", float.NaN, -2f, "a", "b", "ab", "ba")]
    public void What_merges_cannot_say_stays_a_copy(string why, float first, float second, params string[] pieces)
    {
        _ = why;
        string file = Pieces(pieces, [.. pieces.Select((_, i) => i == pieces.Length - 2 ? first : i == pieces.Length - 1 ? second : 0)]);
        Assert.Equal("tokenizer.gguf.json", BackboneFiles.WriteVocabulary([file], folder.Path, null));
        Assert.Equal(["tokenizer.gguf.json", "x.gguf"], folder.Names);
        Assert.Equal(Of(file).Encode(Hard), Of(folder["tokenizer.gguf.json"]).Encode(Hard));
    }

    [Fact]
    public void Tokens_that_are_spelt_alike_stay_a_copy()
    {
        GgufParts parts = new GgufParts().With("tokenizer.ggml.model", "gpt2").With("tokenizer.ggml.pre", "qwen2")
            .With("tokenizer.ggml.tokens", (string[])["a", "b", "ab", "<x>", "<x>"]).With("tokenizer.ggml.token_type", (int[])[1, 1, 1, 3, 3])
            .With("tokenizer.ggml.merges", (string[])["a b"]).With("tokenizer.ggml.eos_token_id", 3u);
        Assert.Equal("tokenizer.gguf.json", BackboneFiles.WriteVocabulary([Written(parts)], folder.Path, null));
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_real_models_file_gives_the_same_ids()
    {
        JsonElement truths = JsonDocument.Parse(File.ReadAllBytes(Repository.DataOf("smollm2", "truths.json"))).RootElement;
        string file = Repository.DataOf("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf");
        IEnumerable<string> prompts = truths.Items("prompts").Select(prompt => prompt.String("text"));
        FastTokenizer written = Same(file, [.. Texts(), "<|im_start|>user\nHi<|im_end|>\n", .. prompts]);
        foreach (JsonElement prompt in truths.Items("prompts")) Assert.Equal(prompt.Ints("ids"), written.Encode(prompt.String("text"), bos: true));
        ChatTemplate template = ChatTemplateFiles.Load(folder["tokenizer_config.json"], null)!;
        Assert.Contains("<|im_start|>user\nHi<|im_end|>", template.Write([new(ChatMessage.User, "Hi")], asks: true));
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void LLaMAs_pieces_have_merges_for_all_their_scores()
    {
        var pieces = PieceTokenizer.Load(Repository.DataOf("tokenizers", "llama", "tokenizer.model"));
        folder.Write("tokenizer.json", TokenizerJsonForm.OfPieces(pieces)!.ToJsonString());
        var written = FastTokenizer.Load(folder["tokenizer.json"]);
        string[] runs = [.. ((string[])[" ", "=", "-", "ab", "0", "\t", "aa "]).SelectMany(part => Enumerable.Range(1, 70)
            .Select(count => string.Concat(Enumerable.Repeat(part, count))))];
        foreach (string text in (string[])[.. Texts(), .. runs, .. pieces.Pieces.Select(piece => piece.Text.Replace('\u2581', ' '))])
            Assert.Equal(pieces.EncodeMarked(text), written.Encode(text, bos: true));
    }

    /// <summary>The lists of a recorded <c>tokenizer.json</c> in a GGUF file; SentencePiece's, a score for each merge, without a splitting.</summary>
    private string Gguf(string name, string splitting)
    {
        string path = Path.Combine(PathOf(name), "tokenizer", "tokenizer.json");
        JsonElement model = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("model");
        var read = FastTokenizer.Load(path);
        string[] tokens = [.. Enumerable.Range(0, read.VocabularySize).Select(id => read[id])];
        (string Left, string Right)[] merges = [.. model.Items("merges").Select(pair => (pair[0].GetString()!, pair[1].GetString()!))];
        GgufParts parts = new GgufParts().With("tokenizer.ggml.tokens", tokens).With("tokenizer.ggml.add_bos_token", true)
            .With("tokenizer.chat_template", "{{ bos_token }}").With("tokenizer.ggml.bos_token_id", (uint)read.Before[0]);
        if (splitting.Length > 0)
        {
            int pieces = model.GetProperty("vocab").GetPropertyCount();
            parts.With("tokenizer.ggml.model", "gpt2").With("tokenizer.ggml.pre", splitting)
                .With("tokenizer.ggml.token_type", (int[])[.. tokens.Select((_, id) => id < pieces ? 1 : 3)])
                .With("tokenizer.ggml.merges", (string[])[.. merges.Select(pair => $"{pair.Left} {pair.Right}")])
                .With("tokenizer.ggml.eos_token_id", (uint)pieces + 1);
        }
        else
        {
            Dictionary<string, int> ranks = [];
            foreach ((string left, string right) in merges) ranks.TryAdd(left + right, ranks.Count);
            parts.With("tokenizer.ggml.model", "llama").With("tokenizer.ggml.eos_token_id", 2u)
                .With("tokenizer.ggml.token_type", (int[])[.. tokens.Select((token, id) => id == 0 ? 2 : id < 3 ? 3 : IsByte(token) ? 6 : 1)])
                .With("tokenizer.ggml.scores", (float[])[.. tokens.Select(token => -(float)ranks.GetValueOrDefault(token, ranks.Count))]);
        }
        return Written(parts);
    }

    /// <summary>A GGUF file of SentencePiece's pieces: the unknown one, begin, end and bytes, then these.</summary>
    private string Pieces(string[] pieces, float[] scores)
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        return Written(new GgufParts().With("tokenizer.ggml.model", "llama").With("tokenizer.ggml.eos_token_id", 2u)
            .With("tokenizer.ggml.tokens", (string[])["<unk>", "<s>", "</s>", .. bytes, .. pieces])
            .With("tokenizer.ggml.token_type", (int[])[2, 3, 3, .. bytes.Select(_ => 6), .. pieces.Select(_ => 1)])
            .With("tokenizer.ggml.scores", (float[])[.. new float[259], .. scores]));
    }

    private static bool IsByte(string token) => token.StartsWith("<0x", StringComparison.Ordinal) && token.Length == 6;

    private string Written(GgufParts parts) => folder.Write("x.gguf", parts.With("v", [1], 0, new byte[4]).Written());
}
