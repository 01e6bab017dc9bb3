namespace Das.Tests.Benchmarks;

public sealed class RowPicturesTests : FolderTest
{
    /// <summary>A dataset of one split in two tables.</summary>
    private DatasetManifest Write(TaskKind task, params TableRow[] rows)
    {
        Tables.Write(folder["a.arrow"], task, rows[..1]);
        Tables.Write(folder["b.arrow"], task, rows[1..]);
        Tables.Manifest(folder.Path, task, ["a.arrow", "b.arrow"], "yes");
        return DatasetManifest.Load(folder.Path);
    }

    private static byte[][] Of(RowPictures pictures, string id) => [.. pictures.Of(id).Select(picture => picture.ToArray())];

    [Fact]
    public void A_question_has_the_picture_of_its_image_id()
    {
        TableRow Row(long id) => new(new VqaRow(id, "test", [new(id * 10, "?", ["yes"], [0], [1])]), new byte[] { (byte)id });
        using RowPictures pictures = new(Write(TaskKinds.Vqa, Row(7), Row(8), Row(9)), "test");
        Assert.Equal([[7]], Of(pictures, "7"));
        Assert.Equal([[9]], Of(pictures, "9"));
        Assert.Empty(pictures.Of("10"));
    }

    [Fact]
    public void A_pair_has_two_left_before_right()
    {
        TableRow Row(int i) => new(new PairRow($"test-{i}-0", [new("s", true)]), new byte[] { (byte)i, 0 }, new byte[] { (byte)i, 1 });
        using RowPictures pictures = new(Write(TaskKinds.Pairs, Row(1), Row(2)), "test");
        Assert.Equal([[2, 0], [2, 1]], Of(pictures, "test-2-0"));
    }

    [Fact]
    public void A_text_that_stands_alone_has_none()
    {
        LanguageRow Text(string id) => new(id, "p", "t", "q", [], [], "A");
        using RowPictures pictures = new(Write(TaskKinds.Language, new TableRow(Text("alone")), new TableRow(Text("with"), new byte[] { 5 })),
            "test");
        Assert.Empty(pictures.Of("alone"));
        Assert.Equal([[5]], Of(pictures, "with"));
        Refuses.Data("has no split 'dev'", () => new RowPictures(DatasetManifest.Load(folder.Path), "dev"));
    }

    [Fact]
    public void A_caption_is_about_the_picture_of_its_file_name()
    {
        TableRow Row(string name) => new(new CaptionRow(name, "test", ["a", "b"]), new byte[] { (byte)name[0] });
        using RowPictures pictures = new(Write(TaskKinds.Retrieval, Row("x/1.jpg"), Row("y.jpg")), "test");
        Assert.Equal([[(byte)'x']], Of(pictures, "x/1.jpg"));
    }
}
