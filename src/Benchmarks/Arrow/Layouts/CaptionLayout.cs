namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>Flickr30K's and COCO's table: a row is a picture with all its captions.</summary>
internal sealed class CaptionLayout : TableLayout
{
    public override Schema Columns { get; } = Of(("image", BinaryType.Default), ("caption", Texts), ("image_id", StringType.Default),
        ("split", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        CaptionRow[] pictures = [.. rows.Select(r => (CaptionRow)r.Content)];
        return [Pictures(rows, 0), Lists(pictures.Select(p => p.Captions)), Words(pictures.Select(p => p.ImageId)), Words(pictures.Select(p => p.Split))];
    }
}
