namespace Das.Tests.Benchmarks;

public sealed class PieceTokenizerTests : FolderTest
{
    private static string Llama => Repository.DataOf("tokenizers", "llama");

    private static byte[] Written(params (string Text, float Score)[] pieces)
    {
        (string, float)[] all = [("<unk>", 0), ("\n<s>\n", 0), ("\n</s>\n", 0), .. Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f)), .. pieces];
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        writer.Write(all.Max(p => Encoding.UTF8.GetByteCount(p.Item1)));
        foreach ((string text, float score) in all)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            writer.Write(score);
            writer.Write(utf8.Length);
            writer.Write(utf8);
        }
        return bytes.ToArray();
    }

    private static PieceTokenizer Load(TemporaryFolder folder, params (string, float)[] pieces)
    {
        folder.Write("t.bin", Written(pieces));
        return PieceTokenizer.Load(folder["t.bin"]);
    }

    private static string Pieces(PieceTokenizer tokenizer, string text) => string.Join('|', tokenizer.Encode(text).Select(id => tokenizer[id]));

    [Fact]
    public void The_best_pair_is_merged_first_and_the_leftmost_of_equals()
    {
        PieceTokenizer tokenizer = Load(folder, (" ", -9), ("a", -9), ("b", -9), ("c", -9), ("ab", -2), ("bc", -1), ("aa", -3), (" a", -4));
        Assert.Equal("▁a|bc", Pieces(tokenizer, "abc")); // bc before ab, although ab stands before it.
        Assert.Equal("▁|aa|aa|a", Pieces(tokenizer, "aaaaa"));
        Assert.Equal("▁|<0x78>|▁a|<0xC3>|<0xA9>", Pieces(tokenizer, "x aé"));
        Assert.Equal((267, 1, 2, 0), (tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId));
        Assert.Empty(tokenizer.Encode(""));
        Assert.Equal([1, 2], tokenizer.Encode("", bos: true, eos: true));
    }

    [Fact]
    public void Any_text_comes_back_and_a_continuation_keeps_its_first_space()
    {
        PieceTokenizer tokenizer = Load(folder, (" ", -9), ("a", -9), (" a", -4), ("aa", -3));
        SplitMix64 random = new(5);
        string[] letters = ["a", " ", "\n", "é", "日", "\U0001F600", "<s>", "\0"];
        for (int round = 0; round < 200; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Below(12)).Select(_ => random.Pick(letters)));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, bos: true, eos: true)));
            if (text.Length > 0) Assert.Equal(" " + text, tokenizer.DecodeContinuation(tokenizer.Encode(text)));
        }
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\uD800")));
        Assert.Contains("0 to 262", Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([263])).Message);
    }

    [Fact]
    public void Marked_text_has_its_special_pieces_as_ids_and_a_space_after_each()
    {
        PieceTokenizer tokenizer = Load(folder, (" ", -9), ("a", -9), (" a", -4));
        int a = tokenizer.Encode("a")[0];
        Assert.Equal([1, a, 2, a, 1, 0], tokenizer.EncodeMarked("a</s>a<s><unk>"));
        Assert.Equal([1], tokenizer.EncodeMarked(""));
    }

    [Fact]
    public void A_row_whose_prompt_fills_it_has_nothing_to_learn()
    {
        PieceTokenizer tokenizer = Load(folder, (" ", -9), ("a", -9), (" a", -4));
        int a = tokenizer.Encode("a")[0], inner = tokenizer.Encode("aa")[1];
        TokenRow whole = TokenRow.Of(tokenizer, "aa", "aa", 8), cut = TokenRow.Of(tokenizer, "aa", "aa", 3);
        Assert.Equal([1, a, inner, inner, inner, 2, 0, 0], whole.Ids);
        Assert.Equal((6, 3, 3), (whole.Length, whole.PromptLength, whole.Targets));
        Assert.Equal([1, a, inner], cut.Ids);
        Assert.Equal((3, 3, 0), (cut.Length, cut.PromptLength, cut.Targets));
    }

    [Fact]
    public void A_damaged_file_is_told_in_a_sentence()
    {
        byte[] whole = Written(("a", 0), ("b", 0));
        string Told(byte[] bytes, string name)
        {
            folder.Write(name, bytes);
            string message = Refuses.Data(() => PieceTokenizer.Load(folder[name])).Message;
            Assert.Contains(folder[name], message);
            return message;
        }
        Assert.Contains("within piece 260", Told(whole[..^1], "t.bin"));
        Assert.Contains("within the head of piece 260", Told(whole[..^5], "t.bin"));
        Assert.Contains("lacks the piece <0xFF>", Told(whole[..^(9 + 9 + 14)], "t.bin"));
        Assert.Contains("begins with", Told([1], "t.bin"));
        Assert.Contains("twice, as 259 and 260", Told(Written(("a", 0), ("a", 0)), "t.bin"));
        Assert.Contains("no whole SentencePiece model", Told([], "t.model"));
        Told(whole, "t.model");
    }

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("tokenizer.model")]
    [InlineData("tokenizer.bin")]
    public void Damaged_bytes_give_a_tokenizer_or_a_sentence_but_never_anything_else(string file)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Llama, file));
        SplitMix64 random = new(3);
        for (int round = 0; round < 40; round++)
        {
            byte[] damaged = round % 2 == 0 ? [.. whole[..random.Below(whole.Length)]] : [.. whole];
            for (int i = 0; i < 3 && damaged.Length > 0; i++)
                damaged[random.Below(round % 4 == 1 ? 64 : damaged.Length) % damaged.Length] = (byte)random.Below(256);
            folder.Write(file, damaged);
            Refuses.OrAccepts(() => PieceTokenizer.Load(folder[file]).Encode("text"));
        }
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void Both_files_of_LLaMA_give_the_same_ids()
    {
        PieceTokenizer model = PieceTokenizer.Load(Path.Combine(Llama, "tokenizer.model")),
            exported = PieceTokenizer.Load(Path.Combine(Llama, "tokenizer.bin"));
        string[] files = Directory.GetFiles(Path.Combine(Repository.Data, "text_corpora"));
        string[] texts = [.. files.SelectMany(f => File.ReadLines(f).Where(l => l.Length > 0).Take(100)), "日本語 café \U0001F600\n\n  two  spaces",
            new string('a', 40), new string(' ', 17)];
        foreach (string text in texts)
        {
            Assert.Equal(model.Encode(text), exported.Encode(text));
            Assert.Equal(text, exported.Decode(model.Encode(text)));
        }
        Assert.Equal(model.VocabularySize, exported.VocabularySize);
    }

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("tok512.bin")]
    [InlineData("aidreams_tok512.bin")]
    public void The_small_models_tokenizers_have_512_pieces_and_give_text_back(string file)
    {
        PieceTokenizer tokenizer = PieceTokenizer.Load(Repository.DataOf("llama_weights", file));
        const string story = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.";
        Assert.Equal(512, tokenizer.VocabularySize);
        Assert.Equal(story, tokenizer.Decode(tokenizer.Encode(story, bos: true)));
        Assert.True(tokenizer.Encode(story).Length < story.Length, "No two letters were merged.");
    }
}
