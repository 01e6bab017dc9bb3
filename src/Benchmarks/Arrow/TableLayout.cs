namespace Das.Benchmarks.Arrow;

/// <summary>How rows are stored as a table: its columns, and how rows fill them.</summary>
public abstract class TableLayout
{
    protected static readonly ListType Texts = new(StringType.Default), Integers = new(Int64Type.Default), Reals = new(DoubleType.Default);

    /// <summary>In the published order; all fields are nullable, as pandas writes them.</summary>
    public abstract Schema Columns { get; }

    /// <summary>One array a column.</summary>
    public abstract IArrowArray[] Fill(IReadOnlyList<TableRow> rows);

    protected static Schema Of(params IEnumerable<(string Name, IArrowType Type)> columns) => new(columns.Select(c => new Field(c.Name, c.Type, true)), null);

    /// <summary>The <paramref name="number"/>-th picture of each row, still encoded; empty where a row has none.</summary>
    protected static BinaryArray Pictures(IReadOnlyList<TableRow> rows, int number)
    {
        BinaryArray.Builder pictures = new();
        foreach (TableRow row in rows) pictures.Append(row.Images.Count == 0 ? [] : row.Images[number].Span);
        return pictures.Build();
    }

    protected static StringArray Words(IEnumerable<string> values)
    {
        StringArray.Builder words = new();
        foreach (string value in values) words.Append(value);
        return words.Build();
    }

    protected static ListArray Lists(IEnumerable<IEnumerable<string?>> rows)
    {
        ListArray.Builder lists = new(StringType.Default);
        var words = (StringArray.Builder)lists.ValueBuilder;
        foreach (IEnumerable<string?> row in rows)
        {
            lists.Append();
            foreach (string? value in row)
                if (value is null) words.AppendNull();
                else words.Append(value);
        }
        return lists.Build();
    }
}

/// <summary>What a row of a table holds beside its pictures.</summary>
/// <param name="Samples">How many samples the row makes.</param>
public abstract record RowContent(int Samples);

/// <summary>A whole row, its pictures encoded: one, the left and the right one of a pair, or none.</summary>
public sealed record TableRow(RowContent Content, params IReadOnlyList<ReadOnlyMemory<byte>> Images);
