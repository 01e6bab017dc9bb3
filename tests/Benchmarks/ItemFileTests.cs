using Parquet.Serialization;

namespace Das.Tests.Benchmarks;

/// <summary>Rows of tables, whatever their file's form.</summary>
public sealed class ItemFileTests
{
    private static RawItem[] Read(TemporaryFolder folder, string name, List<BadInput>? bad = null)
    {
        using var raw = RawSource.At(folder.Path, "x");
        return [.. ItemFile.Of(raw, name, bad ?? [], Token)];
    }

    private static RawItem[] Read(string name, byte[] bytes, List<BadInput>? bad = null)
    {
        using TemporaryFolder folder = new();
        folder.Write(name, bytes);
        return Read(folder, name, bad);
    }

    private static RawItem[] Read(string name, string text, List<BadInput>? bad = null) => Read(name, Encoding.UTF8.GetBytes(text), bad);

    private sealed class Row
    {
        public string? Question { get; set; }
        public long? Number { get; set; }
        public double Share { get; set; }
        public bool Right { get; set; }
        public List<string>? Choices { get; set; }
        public Picture? Image { get; set; }
    }

    private sealed class Picture
    {
        public byte[]? Bytes { get; set; }
        public string? Path { get; set; }
    }

    private static byte[] Parquet(int rowGroup, params Row[] rows)
    {
        using MemoryStream stream = new();
        ParquetSerializer.SerializeAsync(rows, stream, new() { RowGroupSize = rowGroup }, cancellationToken: Token).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    [Theory]
    [InlineData("x.csv", "a,b\n1,\"x, \"\"y\"\"\nz\"\n2,é\n")]
    [InlineData("x.csv", "a;b\r\n1;\"x, \"\"y\"\"\nz\"\r\n\r\n2;é")]
    [InlineData("x.tsv", "a\tb\n1\t\"x, \"\"y\"\"\nz\"\n2\té\n")]
    [InlineData("x.jsonl", "{\"a\":1,\"b\":\"x, \\\"y\\\"\\nz\"}\n{\"a\":\"2\",\"b\":\"é\"}\n")]
    [InlineData("x.json", "[{\"a\":1,\"b\":\"x, \\\"y\\\"\\nz\"},{\"a\":\"2\",\"b\":\"é\"}]")]
    public void A_table_gives_the_same_rows_in_every_form_and_encoding(string name, string text)
    {
        foreach (Encoding encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(false, true),
            new UnicodeEncoding(true, true) })
        {
            RawItem[] rows = Read(name, [.. encoding.Preamble, .. encoding.GetBytes(text)]);
            Assert.Equal([(1, "x, \"y\"\nz"), (2, "é")], rows.Select(row => (row["a"].Number(), row["b"].Text())));
            Assert.Equal(["a", "b"], rows[0].Keys);
        }
    }

    [Fact]
    public void An_empty_cell_is_absent_and_the_sentence_names_the_columns()
    {
        RawItem row = Assert.Single(Read("x.csv", "question,answer\nwhy,\n"));
        Assert.True(row["answer"].IsAbsent);
        Assert.Equal("'answer' is missing; expected a text among question, answer.", Assert.Throws<BadItemException>(() => row["answer"].Words()).Message);
        Assert.EndsWith("x.csv line 2", row.Where);
    }

    [Theory]
    [InlineData("1,2,3", "3 values where the first line names 2 columns")]
    [InlineData("1", "1 values where the first line names 2 columns")]
    [InlineData("1,\"x\"y", "Text follows the closing quotation mark")]
    [InlineData("1,caf\u00ff", "At 3:6, the byte 0xFF is no UTF-8 there")]
    public void A_row_that_cannot_be_read_is_named_with_its_line_and_alone_is_lost(string row, string told)
    {
        List<BadInput> bad = [];
        byte[] bytes = [.. $"a,b\n0,0\n{row}\n5,5\" high\n".Select(c => (byte)c)];
        Assert.Equal(["0", "5\" high"], Read("x.csv", bytes, bad).Select(item => item["b"].Text()));
        BadInput one = Assert.Single(bad);
        Assert.EndsWith("x.csv line 3", one.Input);
        Assert.Contains(told, one.Reason);
    }

    [Theory]
    [InlineData("x.csv", "", "the file is empty; expected a first line with the names of the columns")]
    [InlineData("x.csv", "a,b\n1,\"x\n2,y\n", "x.csv:2: a quotation mark opens a text that never ends")]
    [InlineData("x.csv", "a,b,a\n1,2,3\n", "x.csv:1: the column 'a' stands twice")]
    [InlineData("x.xls", "a", "the ending '.xls' is none of .csv, .tsv")]
    [InlineData("x.parquet", "PAR1 is how such a file begins", "x.parquet is no whole Parquet file")]
    [InlineData("x.parquet", "", "x.parquet is no whole Parquet file")]
    public void A_file_that_cannot_be_read_is_named_as_a_whole(string name, string text, string told)
    {
        List<BadInput> bad = [];
        Assert.Contains(told, Refuses.Data(() => Read(name, text, bad)).Message);
        Assert.Empty(bad);
    }

    [Fact]
    public void Parquet_gives_texts_numbers_lists_and_objects_over_its_row_groups()
    {
        Row[] rows =
        [
            new() { Question = "a", Number = 1, Share = 0.5, Right = true, Choices = ["x", "y"], Image = new() { Bytes = [1, 2], Path = "p.png" } },
            new() { Question = null, Number = null, Share = double.NaN, Choices = [], Image = null },
            new() { Question = "", Number = 3, Share = 2, Choices = null, Image = new() { Path = "q.png" } },
        ];
        foreach (int group in new[] { 1, 2, 100 })
        {
            RawItem[] read = Read("x.parquet", Parquet(group, rows));
            Assert.Equal(["a", null, ""], read.Select(row => row["Question"].TextOrNull()));
            Assert.Equal([1, null, 3], read.Select(row => row["Number"].NumberOrNull()));
            Assert.Equal(["0.5", null, "2"], read.Select(row => row["Share"].TextOrNull()));
            Assert.Equal([true, false, false], read.Select(row => row["Right"].Truth()));
            Assert.Equal([2, 0, 0], read.Select(row => row["Choices"].ItemsOrNone().Count));
            Assert.Equal("y", read[0]["Choices"].Items()[1].Text());
            Assert.Equal(["p.png", null, "q.png"], read.Select(row => row["Image"].IsAbsent ? null : row["Image"]["Path"].TextOrNull()));
            Assert.EndsWith("x.parquet row 3", read[2].Where);
            Assert.Contains("'Choices' is a list ([\"x\",\"y\"]) where a text is expected",
                Assert.Throws<BadItemException>(() => read[0]["Choices"].Text()).Message);
        }
    }

    [Fact]
    public void A_damaged_parquet_file_is_a_sentence_wherever_the_damage_is()
    {
        byte[] whole = Parquet(2, [.. Enumerable.Range(0, 5).Select(i => new Row { Question = $"question {i}", Number = i, Choices = ["x", $"{i}"] })]);
        for (int length = 0; length < whole.Length; length += 7) Refuses.Data(() => Read("x.parquet", whole[..length]));
        for (int at = 0; at < whole.Length; at += 3)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0xa5;
            try { Read("x.parquet", damaged); }
            catch (DasException e) { Assert.Contains("x.parquet", e.Message); }
        }
    }
}
