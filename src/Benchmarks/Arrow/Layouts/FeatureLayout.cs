namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>A table of our own: a row is what a frozen network makes of one picture, as raw numbers.</summary>
internal sealed class FeatureLayout : TableLayout
{
    public const string Column = "features";

    public override Schema Columns { get; } = Of((Column, BinaryType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows) => [Pictures(rows, 0)];
}
