using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// One's own pictures and captions: a table, one caption or a list of them a row, or a folder in which <c>x.txt</c> holds the captions of <c>x.jpg</c>,
/// one a line; folders <c>train</c>, <c>val</c> and <c>test</c> are the splits.
/// </summary>
public sealed class Captions : Benchmark
{
    private static readonly string[] Folders = ["train", "val", "test"];

    public override string Name => "captions";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Retrieval;
    public override string Description =>
        "Your own pictures with captions, as a table or as text files beside the pictures; options name the columns, the files and the splits.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = OwnSplits<RawRow>.Tables("captions");

    public override Type OptionsType => typeof(CaptionsOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        CaptionsOptions given = Read<CaptionsOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            OwnData data = new(raw, given, bad, cancel);
            OwnSplits<Captioned> rows = data.File("train") is null ? Beside(raw, given, data, bad, cancel)
                : data.Read<Captioned>((item, _, _) => Row(raw, given, item), row => [row.Picture]);
            return new([], [.. rows.All.Select(split => new RawTable($"{Name}_{split.Split}", Rows(split.Split, split.Rows, bad)))], raw);
        });
    }

    private sealed record Captioned(string Picture, RawImage Image, IReadOnlyList<string> Texts);

    private static IEnumerable<Captioned> Row(RawSource raw, CaptionsOptions options, RawItem item)
    {
        (RawField caption, RawField picture) = (item[options.Caption], item[options.Image]);
        (RawImage image, string name) = Pictures.Of(raw, item, options.Image, options.Images) ?? throw picture.Bad("names no picture");
        return [new(name, image, caption.IsList ? [.. caption.Items().Select(one => one.Text())] : [caption.IsAbsent ? caption.Words() : caption.Text()])];
    }

    /// <summary>Pictures with a text file of the same name.</summary>
    private static OwnSplits<Captioned> Beside(RawSource raw, CaptionsOptions options, OwnData data, BadInputs bad, CancellationToken cancel)
    {
        if (Folders.Any(raw.HasFolder))
        {
            Captioned[]?[] own = [.. Folders.Select(folder => raw.HasFolder(folder) ? In(raw, folder, bad, cancel) : null)];
            return data.Drawn(own[0] ?? [], own[1], own[2], row => [row.Picture]);
        }
        Captioned[] all = In(raw, raw.HasFolder(options.Images) ? options.Images : "", bad, cancel);
        return all.Length > 0 ? data.Drawn(all, null, null, row => [row.Picture]) : throw new DasException(ErrorKind.Data, $"{raw.Path} holds neither a table "
            + $"of captions (train with one of the endings {string.Join(", ", ItemFile.Endings)}) nor pictures with a .txt of the same name beside them.");
    }

    private static Captioned[] In(RawSource raw, string folder, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        List<Captioned> rows = [];
        foreach (string name in raw.Names(folder).Where(Pictures.Is))
        {
            cancel.ThrowIfCancellationRequested();
            string picture = folder.Length == 0 ? name : $"{folder}/{name}", text = Path.ChangeExtension(picture, ".txt");
            if (raw.Has(text)) rows.Add(new(picture, RawImage.In(raw, picture), Utf8Text.Of(raw.Read(text), raw.Describe(text), ErrorKind.Data).Split('\n')));
            else unusable.Add(new(raw.Describe(picture), $"There is no {Path.GetFileName(text)} with its captions beside it."));
        }
        bad.Report(unusable);
        return [.. rows];
    }

    /// <summary>One row a picture, with the captions of all its rows.</summary>
    private static RawRow[] Rows(string split, IReadOnlyList<Captioned> captioned, BadInputs bad)
    {
        OrderedDictionary<string, (RawImage Image, List<string> Texts)> pictures = [];
        foreach (Captioned row in captioned)
        {
            if (!pictures.TryGetValue(row.Picture, out var own)) pictures.Add(row.Picture, own = (row.Image, []));
            own.Texts.AddRange(row.Texts.Select(text => text.Trim()));
        }
        List<RawRow> rows = [];
        foreach ((string picture, (RawImage image, List<string> texts)) in pictures)
        {
            string[] captions = [.. texts.Where(text => text.Length > 0)];
            CaptionRow row = new(picture, split, captions);
            bad.LeftOut.Add(split, "captions that repeat one of the same picture", captions.Length - row.Samples);
            if (captions.Length > 0) rows.Add(new(row, image));
            else bad.LeftOut.Add(split, "pictures without a caption with words");
        }
        return [.. rows];
    }
}

/// <summary>Options of <c>captions</c>.</summary>
public sealed record CaptionsOptions : OwnDataOptions
{
    /// <summary>The column with the picture's file, or in Parquet with its bytes.</summary>
    [MinLength(1)]
    public string Image { get; init; } = "image";

    /// <summary>The column with a caption, or with a list of them; a picture may have several rows.</summary>
    [MinLength(1)]
    public string Caption { get; init; } = "caption";

    /// <summary>The picture folder; empty for the source itself.</summary>
    public string Images { get; init; } = "images";
}
