namespace Das.Tests.Hostile;

public sealed class TokenizerTests
{
    [Fact]
    public async Task A_piece_without_text_is_refused_as_it_would_stand_everywhere() => Assert.Contains("has no text, so that it stands everywhere",
        await Fixtures.Refused(ErrorKind.Data, () => PieceTokenizer.Load(Fixtures.Hostile("tokenizers/empty-unk.model"))));

    [Fact]
    public async Task Marks_are_found_in_a_long_text_in_time_that_grows_with_its_length()
    {
        string vocabulary = Path.Combine(Repository.Root, "tests", "fixtures", "parity");
        string? tokenizer = Directory.EnumerateFiles(vocabulary, "*.model", SearchOption.AllDirectories).FirstOrDefault();
        Assert.SkipWhen(tokenizer is null, "No tokenizer is recorded.");
        PieceTokenizer pieces = PieceTokenizer.Load(tokenizer!);
        string text = string.Concat(Enumerable.Repeat("<s>", 200_000));
        Assert.Equal(200_001, (await Fixtures.InTime(() => pieces.EncodeMarked(text))).Length);
    }

    [Theory]
    [InlineData("T02_llama3", "a")]
    [InlineData("T02_llama3", " ")]
    [InlineData("T02_llama3", "\u0301")]
    [InlineData("T05_llama2", " ")]
    [InlineData("T05_llama2", "\U0001F600")]
    [InlineData("T08_flags", " [L] [ABC")]
    public async Task Long_texts_are_cut_in_time_that_grows_with_their_length(string name, string repeated)
    {
        var tokenizer = FastTokenizer.Load(Repository.PathOf($"tests/fixtures/parity/decoders/{name}/tokenizer/tokenizer.json"));
        string text = string.Concat(Enumerable.Repeat(repeated, 300_000));
        int[] ids = await Fixtures.InTime(() => tokenizer.Encode(text));
        Assert.Equal(name == "T08_flags" ? text.Replace(" [L] ", "[L] ") : text, tokenizer.Decode(ids));
    }
}
