using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Das.Tests.Benchmarks;

public sealed class PairAndCaptionTableTests : FolderTest
{
    private static TableRow Pair(int i, int bytes = 10) => new(
        new PairRow($"train-{i}-0", [.. Enumerable.Range(0, i % 3).Select(s => new PairSentence($"sentence {i}.{s} é", s switch { 0 => true, _ => false }))]),
        Enumerable.Repeat((byte)i, bytes).ToArray(), Enumerable.Repeat((byte)(i + 1), bytes / 2).ToArray());

    private static TableRow Picture(int i, params string[] captions) => new(new CaptionRow($"{i}.jpg", "train", captions), new byte[] { (byte)i, 7 });

    private string Write(string name, TaskKind task, IEnumerable<TableRow> rows) => Tables.Write(folder[name], task, rows);

    [Fact]
    public void Pairs_are_read_as_written_across_files_batches_and_rows_without_sentences()
    {
        TableRow[] rows = [.. Enumerable.Range(0, 20).Select(i => Pair(i, TableWriter.BatchBytes / 4))];
        using PairTable table = new(Write("a", TaskKinds.Pairs, rows[..13]), Write("b", TaskKinds.Pairs, rows[13..]));
        var expected = rows.SelectMany((row, r) => ((PairRow)row.Content).Sentences.Select(s => (Row: row, Number: r, Sentence: s))).ToList();
        Assert.Equal((20, expected.Count), (table.Rows, table.Count));
        for (int i = 0; i < table.Count; i++)
        {
            PairSample sample = table[i];
            Assert.Equal((expected[i].Number, ((PairRow)expected[i].Row.Content).Identifier), (table.RowOf(i), sample.Identifier));
            Assert.Equal((expected[i].Sentence.Text, expected[i].Sentence.Label), (sample.Sentence, sample.Label));
            Assert.True(sample.Left.Span.SequenceEqual(expected[i].Row.Images[0].Span) && sample.Right.Span.SequenceEqual(expected[i].Row.Images[1].Span));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => table[table.Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => table[-1]);
    }

    [Fact]
    public void A_withheld_label_is_null_and_one_of_another_word_is_refused()
    {
        using (PairTable withheld = new(Write("a", TaskKinds.Pairs,
            [new(new PairRow("p", [new("s", null), new("t", true)]), new byte[1], new byte[1])])))
            Assert.Equal([null, true], Enumerable.Range(0, 2).Select(i => withheld[i].Label));
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        int at = bytes.AsSpan().IndexOf("True"u8);
        "Sure"u8.CopyTo(bytes.AsSpan(at));
        folder.Write("b", bytes);
        using PairTable table = new(folder["b"]);
        Refuses.Data("'Sure'", () => _ = table[1]);
    }

    [Fact]
    public void Captions_are_counted_once_a_picture_in_their_first_order()
    {
        using CaptionTable table = new(Write("a", TaskKinds.Retrieval, [Picture(1, "b", "a", "b"), Picture(2), Picture(3, "a", "c")]));
        Assert.Equal((4, 3), (table.Count, table.Rows));
        Assert.Equal([("1.jpg", "b", 0), ("1.jpg", "a", 0), ("3.jpg", "a", 2), ("3.jpg", "c", 2)], Enumerable.Range(0, 4)
            .Select(i => (table[i].ImageId, table[i].Caption, table.RowOf(i))));
        Assert.Empty(table.Captions(1));
        Assert.Equal([2, 7], table.Picture(1).ToArray());
        Assert.Equal("2.jpg", table.ImageId(1));
    }

    [Fact]
    public void Others_read_our_files_with_the_published_columns()
    {
        string Columns(string file)
        {
            using ArrowFileReader reader = new(File.OpenRead(file));
            return string.Join(' ', reader.Schema.FieldsList.Select(f => $"{f.Name}:{f.DataType.Name}"));
        }
        Assert.Equal("image_0:binary image_1:binary questions:list answers:list identifier:utf8", Columns(Write("a", TaskKinds.Pairs, [Pair(2)])));
        Assert.Equal("image:binary caption:list image_id:utf8 split:utf8", Columns(Write("b", TaskKinds.Retrieval, [Picture(1, "x")])));
        using ArrowFileReader reader = new(File.OpenRead(folder["a"]));
        using RecordBatch batch = reader.ReadNextRecordBatch();
        StringArray answers = (StringArray)((ListArray)batch.Column("answers")).GetSlicedValues(0);
        Assert.Equal(["True", "False"], Enumerable.Range(0, answers.Length).Select(i => answers.GetString(i)));
    }

    [Fact]
    public void A_table_of_another_task_is_refused_by_its_columns()
    {
        string pairs = Write("a", TaskKinds.Pairs, [Pair(2)]);
        Refuses.Data("lacks the columns image, caption, image_id", () => new CaptionTable(pairs));
    }

    [Fact]
    public void Damaged_files_give_samples_or_a_sentence_but_never_anything_else()
    {
        string pairs = Write("a", TaskKinds.Pairs, Enumerable.Range(0, 10).Select(i => Pair(i))),
            captions = Write("b", TaskKinds.Retrieval, Enumerable.Range(0, 10).Select(i => Picture(i, "a", $"caption {i}")));
        DamagedBytes.AreReadOrRefused(File.ReadAllBytes(pairs), 11, 200, damaged =>
        {
            using PairTable table = new(folder.Write("x", damaged));
            for (int i = 0; i < table.Count; i++) _ = table[i];
        });
        DamagedBytes.AreReadOrRefused(File.ReadAllBytes(captions), 11, 200, damaged =>
        {
            using CaptionTable table = new(folder.Write("x", damaged));
            for (int i = 0; i < table.Count; i++) _ = table[i];
        });
    }
}
