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
}
