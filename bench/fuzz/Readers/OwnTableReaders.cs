namespace Das.Fuzz.Readers;

/// <summary>A table of one's own, all rows of which are read.</summary>
internal abstract class OwnTableReader : Reader
{
    public override long Read(string folder)
    {
        using RawSource raw = RawSource.At(folder, "fuzz");
        foreach (RawItem item in ItemFile.Of(raw, File, []))
            foreach (string column in item.Keys)
                if (!item[column].IsAbsent && item.Binary.TryGetValue(column, out Func<byte[]>? bytes) && !item[column]["bytes"].IsAbsent) _ = bytes().Length;
        return 0;
    }
}

/// <summary>Comma-separated values.</summary>
internal sealed class CsvTableReader : OwnTableReader
{
    public override string Name => "csv";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Benchmarks", "Raw.CsvItems"), ("Das.Foundation", "Utf8Text"), ("Das.Foundation", "Utf16Stream")];
    public override string File => "train.csv";
    public override IReadOnlyList<string> HeaderRefusals =>
        ["the file is empty", "is UTF-32", "UTF-16 without a byte order mark", "stands twice", ":1: the column name"];

    protected override IReadOnlyList<byte[]> Valid()
    {
        string plain = "question,answer,image\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"What is {i}?,yes,{i}.png\n"));
        string quoted = "a;b;\"c \"\"d\"\"\"\r\n" + string.Concat(Enumerable.Range(0, 8).Select(i => $"\"x; \"\"{i}\"\"\r\ny\";é日\U0001F600;\r\n"));
        return
        [
            .. ((string[])[plain, quoted, plain.Replace(',', '\t')]).Select(Encoding.UTF8.GetBytes),
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(quoted)],
        ];
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => CsvMutation.Change(valid, random);
}

/// <summary>Parquet files of the writer that .NET has and of others.</summary>
internal sealed class ParquetTableReader : OwnTableReader
{
    private static readonly string[] OtherWriters = ["arrowcpp-table", "arrowcpp-required", "arrowcpp-int96", "arrowcpp-pagev2-zstd-plain", "arrowrs-f16",
        "hyparquet-delta-bytes", "hyparquet-delta-int", "hyparquet-delta-length", "hyparquet-split", "hyparquet-uuid"];

    public override string Name => "parquet";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Raw.Parquet")];
    public override string File => "train.parquet";
    public override IReadOnlyList<string> HeaderRefusals =>
        ["it is too short", "it is encrypted", "does not end in PAR1", "bytes of metadata", "its metadata are cut off or damaged", "its schema is damaged"];

    protected override IReadOnlyList<byte[]> Valid()
    {
        Row[] rows = [.. Enumerable.Range(0, 9).Select(i => new Row
        {
            Question = $"text é {i % 3}", Number = i % 4 == 0 ? null : i, Right = i % 2 == 0, Choices = i % 3 == 0 ? null : ["x", $"{i}"],
            Image = i == 2 ? null : new() { Bytes = [1, (byte)i], Path = "p.png" },
        })];
        return
        [
            .. ((CompressionMethod[])[CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip,
                CompressionMethod.Brotli, CompressionMethod.Lz4Raw]).Select(packed => Made(path =>
                ParquetSerializer.SerializeAsync(rows, path, new() { CompressionMethod = packed, RowGroupSize = 5 }).GetAwaiter().GetResult())),
            .. OtherWriters.Select(name => System.IO.File.ReadAllBytes(Path.Combine(Root, "tests", "fixtures", "parquet", name + ".parquet"))),
        ];
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => ParquetMutation.Change(valid, random);

    private sealed class Row
    {
        public string? Question { get; set; }
        public long? Number { get; set; }
        public bool Right { get; set; }
        public List<string>? Choices { get; set; }
        public Picture? Image { get; set; }
    }

    private sealed class Picture
    {
        public byte[]? Bytes { get; set; }
        public string? Path { get; set; }
    }
}
