using Das.Fuzz;

namespace Das.Tests.Hostile;

/// <summary>Pages of Parquet files whose headers are not true.</summary>
public sealed class ParquetPageTests
{
    private const int WholeSize = 2, PackedSize = 3, DataPage = 8, Values = 1, Encoding = 4;

    /// <summary>A file of one column with one page (version 2) of twelve texts, packed by Snappy, of which something differs.</summary>
    private static string Refusal(Action<ThriftValue> header, Action<byte[]>? page = null)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "fixtures", "parquet", "hyparquet-no-utf8.parquet"));
        int at = 4;
        ThriftValue read = ThriftValue.Read(file, ref at, ThriftValue.Structure);
        header(read);
        byte[] rest = file[at..];
        page?.Invoke(rest);
        List<byte> written = [.. file[..4]];
        read.Write(written);
        using TemporaryFolder folder = new();
        folder.Write("x.parquet", [.. written, .. rest]);
        using var raw = RawSource.At(folder.Path, "x");
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            foreach (RawItem item in ItemFile.Of(raw, "x.parquet", [], Token)) item["question"].Text();
            return "";
        }
        catch (Exception e) when (e is DasException or BadItemException)
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
            return e.Message;
        }
    }

    [Fact]
    public void The_page_as_it_is_holds_texts() => Assert.Contains("0xFF is no UTF-8", Refusal(_ => { }));

    [Theory]
    [InlineData(WholeSize, 1 << 30)]
    [InlineData(WholeSize, -1)]
    [InlineData(PackedSize, -20)]
    [InlineData(PackedSize, 1 << 20)]
    public void A_size_that_the_file_does_not_have_is_damage(int field, long claimed) =>
        Assert.Contains("the column 'question': its pages are cut off or damaged", Refusal(header => header[field]!.Number = claimed));

    [Theory]
    [InlineData(3)]
    [InlineData(13)]
    [InlineData(-1)]
    public void Values_that_the_column_does_not_have_are_damage(long claimed) =>
        Assert.Contains("the column 'question': its pages are cut off or damaged", Refusal(header => header[DataPage]![Values]!.Number = claimed));

    [Theory]
    [InlineData(3, "RLE")]
    [InlineData(4, "BIT_PACKED")]
    [InlineData(77, "77")]
    public void An_encoding_that_would_write_over_the_texts_is_a_sentence(long encoding, string named) =>
        Assert.Contains($"(its values are encoded as {named})", Refusal(header => header[DataPage]![Encoding]!.Number = encoding));

    [Fact]
    public void A_packed_size_is_not_believed() =>
        Assert.Contains("its pages are cut off or damaged", Refusal(_ => { }, page => ((byte[])[0xff, 0xff, 0xff, 0xff, 0x07]).CopyTo(page, 0)));
}
