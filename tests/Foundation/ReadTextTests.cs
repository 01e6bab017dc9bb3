namespace Das.Tests.Foundation;

/// <summary>Every reader of texts turns bytes into text in the same way, and names the place of what is none.</summary>
public sealed class ReadTextTests : IDisposable
{
    private static readonly byte[] Mark = [0xef, 0xbb, 0xbf];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A recipe that is whole but for what is put in the place of its name.</summary>
    private static string Recipe(string name) => RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson().Replace("\"vilt/shapes\"", $"\"{name}\"",
        StringComparison.Ordinal);

    [Fact]
    public void A_recipe_is_read_with_a_byte_order_mark_and_in_utf16()
    {
        byte[][] files = [[.. Mark, .. Bytes(Recipe("é"))], [0xff, 0xfe, .. Encoding.Unicode.GetBytes(Recipe("é"))],
            [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes(Recipe("é"))]];
        Assert.All(files, file => Assert.Equal("é", RecipeFile.Load(folder.Write("r.json", file)).Name));
    }

    [Fact]
    public void What_is_no_text_in_a_recipe_is_named_with_line_and_column()
    {
        string latin = folder.Write("latin.json", [.. "{\n  \"name\": \"caf"u8, 0xe9, .. "\"}"u8]);
        Assert.EndsWith("latin.json:2:15: the byte 0xE9 is no UTF-8 there. Save the file as UTF-8.", Refuses.Recipe(() => RecipeFile.Load(latin)).Message);
        string half = folder.Write("half.json", Bytes("{\n  \"name\": \"\\ud83d\"}"));
        Assert.EndsWith("half.json:2:12: not valid JSON: \\ud83d is half a surrogate pair, which is no character.",
            Refuses.Recipe(() => RecipeFile.Load(half)).Message);
        Assert.Contains("--set …=\"\\ud83d\": \\ud83d is half", Refuses.Recipe(() =>
            RecipeFile.Load(folder.Write("r.json", Bytes(Recipe("x"))), ["name=\"\\ud83d\""])).Message);
        string wide = folder.Write("wide.json", Encoding.Unicode.GetBytes("{}"));
        Assert.Contains("wide.json is UTF-16 without a byte order mark", Refuses.Recipe(() => RecipeFile.Load(wide)).Message);
    }

    [Fact]
    public void Vocabularies_are_read_with_a_byte_order_mark_and_named_where_they_are_no_text()
    {
        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "é"];
        Assert.Equal(6, WordPiece.Load(folder.Write("vocab.txt", [.. Mark, .. Bytes(string.Join("\r\n", pieces))])).Count);
        Assert.Contains("vocab.txt:6:1: the byte 0xE9", Refuses.Data(() => WordPiece.Load(folder.Write("vocab.txt",
            Encoding.Latin1.GetBytes(string.Join('\n', pieces))))).Message);
        Assert.Contains("vocab.txt cannot be used: The vocabulary of 1 pieces lacks",
            Refuses.Data(() => WordPiece.Load(folder.Write("vocab.txt", Bytes("a")))).Message);

        string merges = folder.Write("merges.txt", [.. Mark, .. "#version: 0.2\na b\n"u8]);
        string[] tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "a", "b", "ab"];
        string json = $"{{{string.Join(',', tokens.Select((token, i) => $"\"{token}\":{i}"))}}}";
        Assert.Equal(8, BytePairs.Load(folder.Write("vocab.json", [.. Mark, .. Bytes(json)]), merges).Count);
        Assert.Contains("vocab.json is damaged or of another form: 'a' is not of the type", Refuses.Data(() => BytePairs.Load(
            folder.Write("vocab.json", Bytes(json.Replace("\"a\":5", "\"a\":\"5\"", StringComparison.Ordinal))), merges)).Message);
        Assert.Contains("the key 'a' is given twice", Refuses.Data(() => BytePairs.Load(folder.Write("vocab.json",
            Bytes(json.Replace("\"b\"", "\"a\"", StringComparison.Ordinal))), merges)).Message);
    }

    [Fact]
    public void A_report_of_another_form_is_named_with_the_member_that_is_wrong()
    {
        Assert.Equal(3, ResultFiles.Read<EvaluationReport>(folder.Write("report.json", [.. Mark, .. "{\"queries\":3}"u8])).Queries);
        Assert.EndsWith("report.json is damaged or of another form: 'queries' is not of the type that is expected there.",
            Refuses.Storage(() => ResultFiles.Read<EvaluationReport>(folder.Write("report.json", Bytes("{\"queries\":[]}")))).Message);
        Assert.EndsWith("report.json is empty; expected JSON.",
            Refuses.Storage(() => ResultFiles.Read<EvaluationReport>(folder.Write("report.json", []))).Message);
        Assert.Contains("cannot be read: ", Refuses.Storage(() => ResultFiles.Read<EvaluationReport>(folder["none.json"])).Message);
    }

    [Fact]
    public void Predictions_are_read_with_a_byte_order_mark_and_a_half_surrogate_pair_in_them_is_named()
    {
        const string line = "{\"task\":\"language\",\"id\":\"1\",\"query\":\"q\",\"expected\":\"A\",\"score\":1,\"continuation\":\"x\"}\n";
        Assert.Equal("q", Assert.Single(PredictionFile.Read(folder.Write("p.jsonl", [.. Mark, .. Bytes(line)]))).Prediction.Question);
        Assert.Contains("p.jsonl, line 1, is no prediction: at byte 38, \\ud83d is half a surrogate pair", Refuses.Storage(() => PredictionFile.Read(
            folder.Write("p.jsonl", Bytes(line.Replace(":\"q\"", ":\"\\ud83d\"", StringComparison.Ordinal)))).ToArray()).Message);
    }
}
