namespace Das.Benchmarks.Arrow;

/// <summary>What a frozen network made of each picture: little-endian numbers, one row a picture.</summary>
public sealed class FeatureTable(string path) : SampleTable<ReadOnlyMemory<byte>>([path], [FeatureLayout.Column], _ => 1)
{
    /// <summary>Begins such a table; its rows are <see cref="FeatureRow"/>s with the numbers in the place of a picture.</summary>
    public static TableWriter Write(string path) => new(path, new FeatureLayout());

    private protected override ReadOnlyMemory<byte> Read(StoredRow row, int ordinal) => row.Bytes(FeatureLayout.Column);
}

/// <summary>A row of nothing but numbers.</summary>
public sealed record FeatureRow() : RowContent(1);
