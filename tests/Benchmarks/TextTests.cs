namespace Das.Tests.Benchmarks;

public sealed class TextTests
{
    private static readonly WordPiece Small = new(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "##s", "##at", "c", "?", "$", "e", "le", "[",
        "]"]);

    private static WordPiece Bert() => WordPiece.Load(Repository.DataOf("tokenizers", "bert_uncased", "vocab.txt"));

    [Theory]
    [InlineData("How many cats are there?", "how many cats are there ?")]
    [InlineData("unaffable", "una ##ffa ##ble")]
    [InlineData("don't", "don ' t")]
    [InlineData("$5 a^b `x` c=d+e", "$ 5 a ^ b ` x ` c = d + e")]
    [InlineData("na\u00efve CAF\u00c9 cafe\u0301 \u0130s \u1ea4n", "naive cafe cafe is an")]
    [InlineData("\u4e2d\u6587x", "\u4e2d \u6587 x")]
    [InlineData("tab\there\u00a0and\nthere", "tab here and there")]
    [InlineData("soft\u00adhy\u200bphen", "soft ##hy ##ph ##en")]
    [InlineData("a bunch of [MASK] laying on a [MASK].", "a bunch of [MASK] laying on a [MASK] .")]
    [InlineData("[mask] [MAS", "[ mask ] [ mas")]
    [InlineData("\u201cquoted\u201d\u2026", "\u201c quoted \u201d \u2026")]
    [InlineData("", "")]
    public void The_published_vocabulary_cuts_text_as_bert_does(string text, string pieces) => Assert.Equal(pieces, string.Join(' ', Bert().Tokenize(text)));

    [Fact]
    public void Ids_are_framed_padded_and_masked()
    {
        (long[] ids, long[] mask) = Bert().Encode("How many cats are there?", 12);
        Assert.Equal([101, 2129, 2116, 8870, 2024, 2045, 1029, 102, 0, 0, 0, 0], ids);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], mask);
    }

    [Fact]
    public void A_long_text_is_cut_and_still_ends_with_a_separator() => Assert.Equal([2, 5, 6, 3], Small.Encode("a cat a cat a cat", 4).Ids);

    [Theory]
    [InlineData("a cat", 4, false)]
    [InlineData("a cat ", 4, false)]
    [InlineData("a cats", 4, true)]
    [InlineData("?$?", 5, false)]
    [InlineData("?$?", 4, true)]
    public void A_text_is_longer_where_its_tokens_are(string text, int maxLength, bool longer) => Assert.Equal(longer, Small.IsLonger(text, maxLength));

    [Fact]
    public void The_longest_piece_wins_and_a_word_that_does_not_come_out_is_unknown_as_a_whole()
    {
        Assert.Equal(["cat", "##s"], Small.Tokenize("cats"));
        Assert.Equal(["[UNK]", "$", "?"], Small.Tokenize("catz$?"));
        Assert.Equal(["[UNK]"], Small.Tokenize(new string('a', 101)));
    }

    [Fact]
    public void A_vocabulary_without_special_tokens_is_refused_by_name() =>
        Refuses.Data("[CLS], [SEP]", () => new WordPiece(["[PAD]", "[UNK]", "[MASK]"]));

    [Fact]
    public void Whatever_the_text_encoding_ends_in_the_length_asked_for()
    {
        FsCheck.Check.QuickThrowOnFailure(FsCheck.Fluent.Prop.ForAll<string>(text =>
        {
            (long[] ids, long[] mask) = Small.Encode(text ?? "", 8);
            return ids.Length == 8 && mask.Length == 8 && ids[0] == Small.Class && ids[mask.Sum() - 1] == Small.Separator
                && ids.All(i => i >= 0 && i < Small.Count);
        }));
    }
}
