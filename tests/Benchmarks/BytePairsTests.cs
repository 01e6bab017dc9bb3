namespace Das.Tests.Benchmarks;

public sealed class BytePairsTests : FolderTest
{
    private static readonly Lazy<BytePairs> Loaded =
        new(() => BytePairs.Load(Repository.DataOf("tokenizers", "roberta", "vocab.json"), Repository.DataOf("tokenizers", "roberta", "merges.txt")));

    private static BytePairs Roberta => Loaded.Value;

    private static long[] Ids(string text) => [.. Roberta.Encode(text, 64).Ids.Take((int)Roberta.Encode(text, 64).Mask.Sum())];

    [Fact]
    [Trait("Needs", "shared-data")]
    public void The_first_word_differs_from_the_same_word_after_a_space()
    {
        Assert.Equal([0, 31414, 232, 2], Ids("Hello world"));
        Assert.Equal([0, 20920, 232, 2], Ids(" Hello world"));
        Assert.Equal([0, 2], Ids(""));
        Assert.Equal((50265, 1, 0, 2, 50264, 3), (Roberta.Count, Roberta.Pad, Roberta.Class, Roberta.Separator, Roberta.Mask, Roberta.Unknown));
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void Ids_are_framed_padded_with_one_and_cut()
    {
        (long[] ids, long[] mask) = Roberta.Encode("Hello world", 6);
        Assert.Equal([0, 31414, 232, 2, 1, 1], ids);
        Assert.Equal([1, 1, 1, 1, 0, 0], mask);
        Assert.Equal([0, 31414, 2], Roberta.Encode("Hello world Hello world", 3).Ids);
    }

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("don't they're I'll we've I'm he'd it's", "don 't \u0120they 're \u0120I 'll \u0120we 've \u0120I 'm \u0120he 'd \u0120it 's")]
    [InlineData("IT'S", "IT ' S")]
    [InlineData("a  b", "a \u0120 \u0120b")]
    [InlineData("a \n b", "a \u0120 \u010a \u0120b")]
    [InlineData("two   ", "two \u0120 \u0120 \u0120")]
    [InlineData("\tx", "\u0109 x")]
    [InlineData("there are 12 dogs.", "there \u0120are \u012012 \u0120dogs .")]
    [InlineData("caf\u00e9 caf\u00e9", "c af \u00c3\u00a9 \u0120caf\u00c3\u00a9")]
    [InlineData("a <mask> b</s>c", "a <mask> \u0120b </s> c")]
    [InlineData("<mas", "< mas")]
    [InlineData("\U0001D400's", "\u00f0\u013f \u0132 \u0122 's")] // The library's own pattern would leave "' s".
    public void Text_is_cut_where_gpt2s_pattern_cuts_it(string text, string tokens) => Assert.Equal(tokens, string.Join(' ', Roberta.Tokenize(text)));

    [Fact]
    [Trait("Needs", "shared-data")]
    public void Every_token_of_the_vocabulary_that_is_a_whole_word_is_found_again()
    {
        int found = 0;
        for (int id = 4; id < 20_000; id += 7)
        {
            string text = Roberta.Decode([id]);
            if (!text.All(char.IsAsciiLetter) && !(text.StartsWith(' ') && text[1..].All(char.IsAsciiLetter) && text.Length > 1)) continue;
            Assert.Equal([Roberta[id]], Roberta.Tokenize(text));
            found++;
        }
        Assert.True(found > 2000, $"{found} words.");
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void Whatever_the_text_its_bytes_come_back()
    {
        BytePairs roberta = Roberta;
        SplitMix64 random = new(2);
        string[] hostile = ["\U0001F468\u200D\U0001F469\u200D\U0001F467", "\u202e\u0000\u0001", "\U0001D400a\U0001D7CEx", "\u0301\u0301", "\u3000\u00a0\u2028",
            "\ufffd", "ｆｕｌｌ", "\u0e01\u0e33", "\u00ad\u180e"];
        for (int round = 0; round < 500; round++)
        {
            StringBuilder text = new();
            for (int i = random.Below(12); i >= 0; i--)
                text.Append(random.Below(3) switch { 0 => random.Pick(hostile), 1 => char.ConvertFromUtf32(random.Below(0xD800)), _ => " cat's 12" });
            string given = text.ToString();
            (long[] ids, long[] mask) = roberta.Encode(given, 2000);
            Assert.Equal(given, roberta.Decode(ids.Take((int)mask.Sum())));
            Assert.DoesNotContain((long)roberta.Unknown, ids);
        }
    }

    [Fact]
    public void Words_are_cut_by_characters_not_by_utf16_units()
    {
        Assert.Equal(["a\U0001D400b", " \U0001D7CE\U0001D7CF", "\U0001F600!", " x"], Words("a\U0001D400b \U0001D7CE\U0001D7CF\U0001F600! x"));
        Assert.Equal(["a", "\ud800", "b"], Words("a\ud800b"));
        Assert.Equal(["\u2028", " y"], Words("\u2028 y"));
        Assert.Equal(["\u00b2", "x"], Words("\u00b2x"));
    }

    private static IEnumerable<string> Words(string text) => WordBoundaries.Instance.PreTokenize(text).Select(w => text.Substring(w.Offset, w.Length));

    [Fact]
    public void The_pair_that_was_learnt_first_is_merged_first()
    {
        Dictionary<string, int> vocabulary = new() { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3, ["<mask>"] = 4, ["a"] = 5, ["b"] = 6, ["ab"] = 7,
            ["bb"] = 8, ["abb"] = 9 };
        Assert.Equal(["a", "bb"], new BytePairs(vocabulary, ["b b", "a b", "ab b"]).Tokenize("abb"));
        Assert.Equal(["abb", "a"], new BytePairs(vocabulary, ["a b", "ab b", "b b"]).Tokenize("abba"));
        Assert.Equal(["a", "<unk>"], new BytePairs(vocabulary, []).Tokenize("ac"));
    }

    [Fact]
    public void Files_of_another_form_are_refused_by_name()
    {
        folder.Write("vocab.json", """{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3}""");
        folder.Write("merges.txt", "#version: 0.2\na b\n");
        Refuses.Data("lacks <mask>", () => BytePairs.Load(folder["vocab.json"], folder["merges.txt"]));
        folder.Write("vocab.json", """{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"<mask>":7}""");
        Refuses.Data("vocab.json", () => BytePairs.Load(folder["vocab.json"], folder["merges.txt"]));
        folder.Write("vocab.json", "{");
        Refuses.Data("vocab.json cannot be used", () => BytePairs.Load(folder["vocab.json"], folder["merges.txt"]));
        folder.Write("merges.txt", "#version: 0.2\na b c\n");
        Refuses.Data("'a b c' is not a pair", () => BytePairs.Load(folder["vocab.json"], folder["merges.txt"]));
    }
}
