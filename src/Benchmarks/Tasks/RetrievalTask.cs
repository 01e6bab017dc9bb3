using System.Text.Json.Serialization;

namespace Das.Benchmarks.Tasks;

/// <summary>
/// Pictures and captions that look for each other. A row is a picture with all its captions (method §6.2); a model is judged by its recall at 1, 5
/// and 10 over the whole split, every picture against every caption (method §2.8; on the test split, fixing §8 B3).
/// </summary>
public sealed class RetrievalTask : TaskKind<CaptionTable, RetrievalPrediction>
{
    /// <summary>What looks for its counterpart: a caption for its image, or an image for any of its captions.</summary>
    public const string CaptionQuery = "caption", ImageQuery = "image";

    internal static readonly string[] Images = ["image"];

    private static readonly (string Name, string Title, string Query)[] Directions = [("irRecall", "IR", CaptionQuery), ("trRecall", "TR", ImageQuery)];

    public override string Name => "retrieval";
    public override string IdColumn => "image_id";
    public override IReadOnlyList<string> PictureColumns => Images;

    public override IReadOnlyList<TaskMetric> Metrics { get; } = [.. Directions.SelectMany(direction => Recall.Ranks.Select(k =>
        new TaskMetric($"{direction.Name}{k}", $"{direction.Title} R@{k}", Contribution: before => before < k ? 1 : 0, Group: _ => direction.Query)
        {
            Headline = k == 1,
        }))];

    public override Schema Columns { get; } = Of(("image", BinaryType.Default), ("caption", Texts), ("image_id", StringType.Default),
        ("split", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        CaptionRow[] pictures = [.. rows.Select(r => (CaptionRow)r.Content)];
        return [Pictures(rows, 0), Lists(pictures.Select(p => p.Captions)), Words(pictures.Select(p => p.ImageId)), Words(pictures.Select(p => p.Split))];
    }

    /// <summary>The captions of the split in its order, then its pictures.</summary>
    public override IEnumerable<TaskPrediction> Lines(IReadOnlyList<TaskPrediction> predictions) =>
        predictions.Cast<RetrievalPrediction>().OrderBy(prediction => prediction.Caption is null).ThenBy(prediction => prediction.Place);

    public override ShownPrediction Show(JsonElement line)
    {
        string query = Text(line, "query"), image = Text(line, "image_id");
        if (query is not (CaptionQuery or ImageQuery)) throw new FormatException($"query is '{query}'; expected {CaptionQuery} or {ImageQuery}");
        if (!line.TryGetProperty("rank", out JsonElement rank) || rank.ValueKind != JsonValueKind.Number || !rank.TryGetInt64(out long before) || before < 0)
            throw new FormatException("rank is no number of results before the right one");
        bool caption = query == CaptionQuery;
        return new(query, image, before, caption ? Text(line, "caption") : "", image, caption ? image : "one of its captions",
            before >= int.MaxValue ? "not found" : $"rank {before + 1}");
    }

    private protected override CaptionTable Open(IReadOnlyList<string> paths) => new(paths);

    private protected override TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<RetrievalPrediction> predictions)
    {
        using CaptionTable table = Open(dataset, asked);
        int[] captions = [.. Enumerable.Range(0, table.Count).GroupBy(table.RowOf).Select(of => of.Count())];
        Dictionary<string, MeanScore> recalls = [];
        Dictionary<string, double> chance = [];
        foreach ((string name, _, string query) in Directions)
            foreach (int k in Recall.Ranks)
            {
                recalls[$"{name}{k}"] = MeanScore.Of(predictions.Where(prediction => prediction.Query == query).Select(prediction => prediction.Rank < k));
                chance[$"{name}{k}Chance"] = query == CaptionQuery ? RecallChance.Image(table.Rows, k) : RecallChance.Text(captions, k);
            }
        return new(recalls, chance);
    }
}

/// <summary>One picture with all its captions, repeated ones included.</summary>
/// <param name="ImageId">The published id: a file name.</param>
/// <param name="Split">The published split's name.</param>
/// <param name="Captions">In the order of the raw file.</param>
public sealed record CaptionRow(string ImageId, string Split, IReadOnlyList<string> Captions) : RowContent(Captions.Distinct().Count());

/// <summary>One caption of one picture.</summary>
/// <param name="Image">The encoded picture; valid while the table is open.</param>
/// <param name="ImageId">The published id: a file name.</param>
/// <param name="Caption">As published.</param>
public sealed record CaptionSample(ReadOnlyMemory<byte> Image, string ImageId, string Caption);

/// <summary>How well a caption found its image, or an image one of its captions.</summary>
/// <param name="Query">Which of the two searched.</param>
/// <param name="Caption">The searching caption; null where an image searches.</param>
/// <param name="ImageId">The image's published id.</param>
/// <param name="Rank">How many results stand before the right one.</param>
/// <param name="Place">The caption's or the image's number in its split.</param>
public sealed record RetrievalPrediction(string Query, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Caption, string ImageId,
    int Rank, [property: JsonIgnore] int Place) : TaskPrediction(TaskKinds.Retrieval.Name);

/// <summary>
/// The captions of one split; equal rows mean the same picture. A picture's repeated caption counts once, where it first stands: the published
/// reader removes repetitions through an unordered set, and its caption indices differ between runs (method §8 B28).
/// </summary>
public sealed class CaptionTable(params IReadOnlyList<string> paths) : SampleTable<CaptionSample>(paths,
    ["image", "caption", "image_id"], RetrievalTask.Images, row => Distinct(row).Count), IShownSamples
{
    /// <summary>The published id of a row's picture: a file name.</summary>
    public string ImageId(int row) => Row(row).Text("image_id");

    /// <summary>The different captions of a row's picture, in order.</summary>
    public IReadOnlyList<string> Captions(int row) => Distinct(Row(row));

    public ShownSample Show(int index) => new(this[index].Caption, []);

    private protected override CaptionSample Read(StoredRow row, int ordinal) => new(row.Bytes("image"), row.Text("image_id"), Distinct(row)[ordinal]);

    private static List<string> Distinct(StoredRow row)
    {
        List<string> captions = [];
        for (int i = 0; i < row.Length("caption"); i++)
            if (row.Item("caption", i) is { } caption && !captions.Contains(caption)) captions.Add(caption);
        return captions;
    }
}
