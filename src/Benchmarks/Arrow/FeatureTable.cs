namespace Das.Benchmarks.Arrow;

/// <summary>What a frozen network made of each picture: little-endian numbers, one row a picture.</summary>
public sealed class FeatureTable(string path) : SampleTable<ReadOnlyMemory<byte>>([path], [Features], [], _ => 1)
{
    private const string Features = "features";

    /// <summary>Begins such a table, as others may at once; its rows are <see cref="FeatureRow"/>s with the numbers in the place of a picture.</summary>
    public static TableWriter Write(string path) => new(path, new Layout());

    /// <summary>Reads a picture's numbers to where they are used.</summary>
    /// <exception cref="DasException">They are not as many bytes.</exception>
    public void Copy(int picture, Span<byte> target)
    {
        StoredRow row = Find(picture).Row;
        row.Columns[Features].Copy(row.At, target);
    }

    private protected override ReadOnlyMemory<byte> Read(StoredRow row, int ordinal) => row.Bytes(Features);

    private sealed class Layout : TableLayout
    {
        public override Schema Columns { get; } = Of((Features, BinaryType.Default));

        public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows) => [Pictures(rows, 0)];
    }
}

/// <summary>A row of nothing but numbers.</summary>
public sealed record FeatureRow() : RowContent(1);
