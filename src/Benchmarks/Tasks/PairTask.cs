namespace Das.Benchmarks.Arrow;

/// <summary>The sentences of one split, each about a pair of pictures; equal rows mean equal pairs.</summary>
public sealed class PairTable(params IReadOnlyList<string> paths)
    : SampleTable<PairSample>(paths, ["image_0", "image_1", "questions", "answers", "identifier"], row => row.Length("questions"))
{
    /// <summary>The left picture of a row, encoded; valid while the table is open.</summary>
    public ReadOnlyMemory<byte> Left(int row) => Row(row).Bytes("image_0");

    /// <summary>The right picture of a row, encoded; valid while the table is open.</summary>
    public ReadOnlyMemory<byte> Right(int row) => Row(row).Bytes("image_1");

    private protected override PairSample Read(StoredRow row, int ordinal) =>
        new(row.Bytes("image_0"), row.Bytes("image_1"), row.Item("questions", ordinal) ?? "", Label(row, ordinal), row.Text("identifier"));

    private static bool? Label(StoredRow row, int ordinal) => row.Item("answers", ordinal) switch
    {
        PairLayout.True => true,
        PairLayout.False => false,
        null or "" => null,
        string other => throw new InvalidDataException($"The answer '{other}' to a sentence about pair {row.Text("identifier")} is neither {PairLayout.True} "
            + $"nor {PairLayout.False}."),
    };
}
