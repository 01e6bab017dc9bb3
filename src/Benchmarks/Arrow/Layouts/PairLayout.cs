namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>NLVR2's table: a row is a pair of pictures, its labels are the words <c>True</c> and <c>False</c>.</summary>
internal sealed class PairLayout : TableLayout
{
    public const string True = "True", False = "False";

    public override Schema Columns { get; } = Of(
        ("image_0", BinaryType.Default), ("image_1", BinaryType.Default), ("questions", Texts), ("answers", Texts), ("identifier", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        PairRow[] pairs = [.. rows.Select(r => (PairRow)r.Content)];
        return
        [
            Pictures(rows, 0), Pictures(rows, 1), Lists(pairs.Select(p => p.Sentences.Select(s => s.Text))),
            Lists(pairs.Select(p => p.Sentences.Select(s => s.Label switch { true => True, false => False, null => null }))),
                Words(pairs.Select(p => p.Identifier)),
        ];
    }
}
