namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>
/// A table of our own: a row is a text to be continued. The published code has none; it reads its language data from the web at every start.
/// </summary>
internal sealed class LanguageLayout : TableLayout
{
    public const string Id = "id", Prompt = "prompt", Target = "target", Query = "query", Choices = "choices", Letters = "letters", Expected = "expected",
        Image = "image", FactNames = "fact_names", FactValues = "fact_values";

    public override Schema Columns { get; } = Of(
        (Id, StringType.Default), (Prompt, StringType.Default), (Target, StringType.Default), (Query, StringType.Default), (Choices, Texts), (Letters, Texts),
        (Expected, StringType.Default), (Image, BinaryType.Default), (FactNames, Texts), (FactValues, Texts));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        LanguageRow[] texts = [.. rows.Select(r => (LanguageRow)r.Content)];
        BinaryArray.Builder images = new();
        foreach (TableRow row in rows) images.Append(row.Images.Count == 0 ? [] : row.Images[0].Span);
        return
        [
            Words(texts.Select(t => t.Id)), Words(texts.Select(t => t.Prompt)), Words(texts.Select(t => t.Target)), Words(texts.Select(t => t.Query)),
            Lists(texts.Select(t => t.Choices)), Lists(texts.Select(t => t.Letters)), Words(texts.Select(t => t.Expected)), images.Build(),
            Lists(texts.Select(t => t.Facts.Keys)), Lists(texts.Select(t => t.Facts.Values)),
        ];
    }
}
