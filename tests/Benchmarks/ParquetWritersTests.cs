namespace Das.Tests.Benchmarks;

/// <summary>Parquet as other programs write it (<c>tests/fixtures/parquet</c>).</summary>
public sealed class ParquetWritersTests
{
    private const int Rows = 12;

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "fixtures", "parquet");

    /// <summary>Column → its value in a row. Times differ between the writers and are told by their beginning.</summary>
    private static readonly Dictionary<string, Func<int, object?>> Written = new()
    {
        ["text"] = Text, ["question"] = Text, ["required"] = i => $"r {i}", ["t"] = i => $"é{i}", ["e"] = _ => "yes", ["js"] = _ => "{\"a\":1}",
        ["textnull"] = i => (i % 3) switch { 0 => null, 1 => "", _ => "long " + new string('x', i) },
        ["large"] = i => i % 3 == 0 ? null : $"large {i}", ["dict"] = i => $"d{i % 3}",
        ["truth"] = i => i % 4 == 0 ? null : i % 2 == 0, ["yes"] = i => i % 3 == 0,
        ["i8"] = i => i - 100m, ["i16"] = i => -2000m * i, ["i32"] = i => 100_000_000m * i, ["i64"] = i => i % 5 == 4 ? null : 1_000_000_000_000m * i,
        ["n"] = i => 7m * i,
        ["u8"] = i => 200m + i, ["u16"] = i => 60_000m + i, ["u32"] = i => 4_000_000_000m + i, ["u64"] = i => 18_000_000_000_000_000_000m + i,
        ["f32"] = i => 0.25m * i, ["f64"] = i => i is 2 or 3 ? null : 0.125m * i, // the third is NaN, the fourth is missing
        ["dec9"] = Decimal, ["dec18"] = Decimal, ["dec38"] = Decimal, ["huge"] = i => 1000m * i,
        ["date"] = i => $"2024-01-{1 + i:00}T00:00:00.0000000Z", ["ts_us"] = _ => "2024-01-01T00:00:", ["ts_tz"] = _ => "2024-01-01T00:00:",
        ["choices"] = i => (i % 4) switch { 0 => null, 1 => [], 2 => ["a", null, "c"], _ => (object?[])["x"] },
        ["numbers"] = i => (object?[])[(decimal)i, null, i + 1m], ["one"] = i => (object?[])[i % 2 == 0 ? null : "z"],
        ["fsl"] = i => (object?[])[(decimal)i, i + 1m],
    };

    private static object? Text(int row) => $"text é {row % 5}";

    private static object? Decimal(int row) => (1.125m * row) - 3;

    private static RawItem[] Read(string name)
    {
        using var raw = RawSource.At(Folder, "x");
        return [.. ItemFile.Of(raw, name + ".parquet", [], Token)];
    }

    private static void Same(object? written, RawField read, string where)
    {
        switch (written)
        {
            case null: Assert.True(read.IsAbsent, where); break;
            case bool truth: Assert.Equal(truth, read.Truth()); break;
            case decimal number: Assert.Equal(number, decimal.Parse(read.Text(), NumberStyles.Float, CultureInfo.InvariantCulture)); break;
            case object?[] list:
                Assert.Equal(list.Length, read.Items().Count);
                for (int i = 0; i < list.Length; i++) Same(list[i], read.Items()[i], where);
                break;
            case string text when text.EndsWith(':'): Assert.StartsWith(text, read.Text()); break;
            default: Assert.Equal(written, read.Text()); break;
        }
    }

    /// <param name="name">The file.</param>
    /// <param name="unread">Columns that are read as a sentence.</param>
    [Theory]
    [InlineData("arrowcpp-table")]
    [InlineData("arrowcpp-page-index")]
    [InlineData("arrowcpp-smallpages", "time_us nested2")]
    [InlineData("arrowcpp-brotli", "time_us nested2")]
    [InlineData("arrowcpp-lz4", "time_us nested2")]
    [InlineData("arrowcpp-empty-groups", "time_us nested2")]
    [InlineData("arrowcpp-delta-bytes", "time_us nested2")]
    [InlineData("arrowcpp-delta-length", "time_us nested2")]
    [InlineData("arrowcpp-split", "time_us nested2")]
    [InlineData("arrowcpp-split-int", "time_us nested2")]
    [InlineData("arrowcpp-rle-bool", "truth time_us nested2")]
    [InlineData("arrowcpp-delta-int", "i8 u8 date ts_us ts_ms ts_ns time_us nested2")]
    [InlineData("arrowcpp-pagev2-zstd-plain", "truth choices numbers time_us nested2")]
    [InlineData("duckdb-snappy", "time_us nested2 m iv")]
    [InlineData("duckdb-v2", "i8 u8 dec9 dec18 date ts_us ts_tz time_us nested2 m iv")]
    [InlineData("polars-zstd")]
    [InlineData("arrowrs-gzip", "time nested2")]
    [InlineData("arrowrs-v2", "truth choices numbers fsl time nested2")]
    [InlineData("arrowrs-f16", "f16")]
    public void A_column_of_any_writer_is_right_or_a_sentence(string name, string unread = "")
    {
        RawItem[] rows = Read(name);
        Assert.Equal(Rows, rows.Length);
        string[] none = unread.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(none.Except(rows[0].Keys));
        for (int row = 0; row < Rows; row++)
            foreach (string column in rows[row].Keys)
                if (none.Contains(column))
                    Assert.Matches($"^'{column}' is in a form of Parquet that is not read \\(.*\\); write the column anew ",
                        Assert.Throws<BadItemException>(() => rows[row][column].Text()).Message);
                else if (Written.TryGetValue(column, out Func<int, object?>? written)) Same(written(row), rows[row][column], $"{column}, row {row}");
                else Assert.DoesNotContain(RawField.Unread, rows[row][column].ToString());
    }

    [Theory]
    [InlineData("arrowcpp-table")]
    [InlineData("arrowcpp-required")]
    [InlineData("arrowrs-gzip")]
    [InlineData("duckdb-snappy")]
    public void A_picture_is_bytes_and_a_path_as_hugging_face_stores_it(string name)
    {
        foreach ((RawItem row, int i) in Read(name).Select((row, i) => (row, i)))
        {
            if (row["image"].IsAbsent) continue;
            Assert.Equal($"p{i}.png", row["image"]["path"].Text());
            if (i == 3) Assert.True(row["image"]["bytes"].IsAbsent);
            else Assert.Equal([1, 2], row.Binary["image"]().Take(2));
        }
    }

    [Fact]
    public void Lists_and_objects_that_must_be_there_and_lists_in_objects_are_read()
    {
        Assert.Equal(["a", "b"], Read("arrowcpp-required")[5]["choices"].Items().Select(item => item.Text()));
        RawItem row = Read("arrowcpp-table")[5];
        Assert.Equal(["A", "B"], row["answers"]["text"].Items().Select(item => item.Text()));
        Assert.Equal(["x", "y"], Read("duckdb-snappy")[5]["objs"].Items().Select(item => item["b"].Text()));
    }

    [Fact]
    public void Bytes_are_no_text_and_those_that_are_no_utf8_are_named()
    {
        RawItem row = Read("arrowcpp-int96")[4];
        Assert.Equal("'question' is an object ({\"bytes\":\"2 bytes\"}) where a text is expected.",
            Assert.Throws<BadItemException>(() => row["question"].Text()).Message);
        Assert.StartsWith("2024-01-01T00:00:17", row["t"].Text());
        Assert.StartsWith("'question' is no text: at byte 3, the byte 0xFF is no UTF-8 there.",
            Assert.Throws<BadItemException>(() => Read("hyparquet-no-utf8")[0]["question"].Text()).Message);
        Assert.Equal("text é 1", Read("hyparquet-delta-bytes")[6]["text"].Text());
        Assert.Equal("00112233-4455-6677-8899-aabbccddee14", Read("hyparquet-uuid")[4]["id"].Text());
        Assert.StartsWith("'text' is in a form of Parquet that is not read (it is packed by LZ4 as Hadoop does, not LZ4_RAW)",
            Assert.Throws<BadItemException>(() => Read("arrowcpp-lz4hadoop")[0]["text"].Text()).Message);
    }
}
