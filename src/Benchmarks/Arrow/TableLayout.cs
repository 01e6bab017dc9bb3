namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>A task's table as published (method §6.2): its columns, and how rows fill them.</summary>
internal abstract class TableLayout
{
    protected static readonly ListType Texts = new(StringType.Default), Integers = new(Int64Type.Default), Reals = new(DoubleType.Default);

    private static readonly Dictionary<BenchmarkTask, TableLayout> Known = new()
    {
        [BenchmarkTask.Vqa] = new VqaLayout(), [BenchmarkTask.Nlvr2] = new PairLayout(), [BenchmarkTask.Retrieval] = new CaptionLayout(),
        [BenchmarkTask.Language] = new LanguageLayout(),
    };

    public static TableLayout Of(BenchmarkTask task) => Known[task];

    /// <summary>In the published order; all fields are nullable, as pandas writes them.</summary>
    public abstract Schema Columns { get; }

    /// <summary>One array a column.</summary>
    public abstract IArrowArray[] Fill(IReadOnlyList<TableRow> rows);

    protected static Schema Of(params IEnumerable<(string Name, IArrowType Type)> columns) => new(columns.Select(c => new Field(c.Name, c.Type, true)), null);

    /// <summary>The <paramref name="number"/>-th picture of each row, still encoded.</summary>
    protected static BinaryArray Pictures(IReadOnlyList<TableRow> rows, int number)
    {
        BinaryArray.Builder pictures = new();
        foreach (TableRow row in rows) pictures.Append(row.Images[number].Span);
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
