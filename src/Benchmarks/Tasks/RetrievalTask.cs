namespace Das.Benchmarks.Arrow;

/// <summary>
/// The captions of one split; equal rows mean the same picture. A picture's repeated caption counts once, where it first stands: the published
/// reader removes repetitions through an unordered set, and its caption indices differ between runs (method §8 B28).
/// </summary>
public sealed class CaptionTable(params IReadOnlyList<string> paths)
    : SampleTable<CaptionSample>(paths, ["image", "caption", "image_id"], row => Distinct(row).Count)
{
    /// <summary>The picture of a row, encoded; valid while the table is open.</summary>
    public ReadOnlyMemory<byte> Image(int row) => Row(row).Bytes("image");

    /// <summary>The published id of a row's picture: a file name.</summary>
    public string ImageId(int row) => Row(row).Text("image_id");

    /// <summary>The different captions of a row's picture, in order.</summary>
    public IReadOnlyList<string> Captions(int row) => Distinct(Row(row));

    private protected override CaptionSample Read(StoredRow row, int ordinal) => new(row.Bytes("image"), row.Text("image_id"), Distinct(row)[ordinal]);

    private static List<string> Distinct(StoredRow row)
    {
        List<string> captions = [];
        for (int i = 0; i < row.Length("caption"); i++)
            if (row.Item("caption", i) is { } caption && !captions.Contains(caption)) captions.Add(caption);
        return captions;
    }
}
