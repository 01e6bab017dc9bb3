using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Das.Tests.Hostile;

/// <summary>Arrow tables whose schemas contain themselves and whose batches claim what their columns do not hold.</summary>
public sealed class ArrowTests
{
    [Theory]
    [InlineData("stack-overflow.arrow", "")]
    [InlineData("deep-5000.arrow", "its schema has lists more than 16 deep")]
    [InlineData("len-712.arrow", "rows, and its column")]
    [InlineData("len-1344.arrow", "")]
    public async Task A_hostile_table_is_refused_in_a_sentence(string file, string sentence)
    {
        string path = Fixtures.Hostile($"arrow/{file}");
        foreach (Func<SampleTable> open in (Func<SampleTable>[])[() => new VqaTable(path), () => new FeatureTable(path), () => new LanguageTable(path)])
        {
            string refused = await Fixtures.Refused(ErrorKind.Data, () => open().Dispose());
            Assert.Contains(file, refused);
            Assert.Contains(sentence, refused);
        }
    }

    [Fact]
    public void A_row_count_of_another_number_than_the_columns_have_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] whole = Written(folder, 3);
        string[] sentences = [.. Enumerable.Range(0, whole.Length - 8).Where(at => BitConverter.ToInt64(whole, at) == 3).Select(at =>
        {
            byte[] changed = [.. whole];
            BitConverter.GetBytes(3_000_000_000_000L).CopyTo(changed, at);
            File.WriteAllBytes(folder["x.arrow"], changed);
            return Refuses.Data(() => new FeatureTable(folder["x.arrow"]).Dispose()).Message;
        })];
        Assert.Contains(sentences, sentence => sentence.Contains("claims 3000000000000 rows, and its column 'features' has 3", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("column 'features' claims 3000000000000 entries and holds", StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_of_a_type_that_holds_no_bytes_makes_no_rows()
    {
        using TemporaryFolder folder = new();
        Schema schema = new([new Field("features", NullType.Default, true)], null);
        using (FileStream stream = File.Create(folder["x.arrow"]))
        using (ArrowFileWriter writer = new(stream, schema))
        {
            writer.WriteRecordBatch(new(schema, [new NullArray(100)], 100));
            writer.WriteEnd();
        }
        Assert.Contains("neither texts nor lists nor numbers", Refuses.Data(() => new FeatureTable(folder["x.arrow"]).Dispose()).Message);
    }

    [Fact]
    public void Columns_of_one_name_are_refused()
    {
        using TemporaryFolder folder = new();
        Schema schema = new([new Field("features", BinaryType.Default, true), new Field("features", Int64Type.Default, true)], null);
        using (FileStream stream = File.Create(folder["x.arrow"]))
        using (ArrowFileWriter writer = new(stream, schema))
        {
            IArrowArray[] columns = [new BinaryArray.Builder().Append(new byte[] { 1 }.AsSpan()).Build(), new Int64Array.Builder().Append(1).Build()];
            writer.WriteRecordBatch(new(schema, columns, 1));
            writer.WriteEnd();
        }
        Assert.Contains("has two columns 'features'", Refuses.Data(() => new FeatureTable(folder["x.arrow"]).Dispose()).Message);
    }

    [Fact]
    public void Pictures_of_a_table_that_was_cut_since_it_was_opened_are_refused()
    {
        using TemporaryFolder folder = new();
        Written(folder, 3);
        using FeatureTable table = new(folder["a.arrow"]);
        using (FileStream other = new(folder["a.arrow"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) other.SetLength(8);
        Assert.Contains("became shorter while it was read", Refuses.Data(() => table[2].ToArray()).Message);
    }

    private static byte[] Written(TemporaryFolder folder, int rows)
    {
        using (TableWriter writer = FeatureTable.Write(folder["a.arrow"]))
        {
            for (int i = 0; i < rows; i++) writer.Add(new(new FeatureRow(), new byte[20_000]));
            writer.Complete();
        }
        return File.ReadAllBytes(folder["a.arrow"]);
    }
}
