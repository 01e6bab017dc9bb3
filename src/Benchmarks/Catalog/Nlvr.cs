using Das.Benchmarks.Images;
using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// NLVR (Suhr et al. 2017, https://lil.nlp.cornell.edu/nlvr/) as a task on pairs: each 400x100 picture of three boxes is cut into one of two
/// boxes and one of one. The cut is our convention; it loses nothing, and the sentence needs both halves, which is NLVR2's form.
/// </summary>
public sealed class Nlvr : Benchmark
{
    private const int Width = 400, Height = 100, Cut = 275;

    private const string Zip = "nlvr_images.zip", Holds = $"train.jsonl, dev.jsonl, test.jsonl and their pictures in {Zip} or beside it";

    public override string Name => "nlvr";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Pairs;
    public override string Description =>
        "NLVR: a sentence about drawn boxes, true or false, each picture cut at x=275 into a pair; the last tenth of the training sentences is held out.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]>
    {
        ["train"] = ["nlvr_train"], ["val"] = ["nlvr_val"], ["dev"] = ["nlvr_dev"], ["test"] = ["nlvr_test"],
    };

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        _ = Read<NoOptions>(options);
        RawSource raw = RawSource.At(source, Name), images = raw;
        try
        {
            if (raw.Has(Zip)) images = raw.Archive(Zip);
            else raw.RequireFolder("train", Holds);
            RawRow[] Of(string split) => Rows(raw, images, split, bad, cancel);
            RawRow[] train = Of("train");
            string[] sentences = [.. train.Select(Sentence).Distinct()];
            // The last ones to appear, with all their pictures.
            HashSet<string> held = [.. sentences[^HoldOut.Tenth(sentences.Length)..]];
            return new(PairRecord.Answers,
            [
                new("nlvr_train", train.Where(r => !held.Contains(Sentence(r))).ToArray()),
                    new("nlvr_val", train.Where(r => held.Contains(Sentence(r))).ToArray()),
                new("nlvr_dev", Of("dev")), new("nlvr_test", Of("test")),
            ], raw, images);
        }
        catch
        {
            images.Dispose();
            raw.Dispose();
            throw;
        }
    }

    private static string Sentence(RawRow row) => ((PairRow)row.Content).Sentences[0].Text;

    private static RawRow[] Rows(RawSource raw, RawSource images, string split, BadInputs bad, CancellationToken cancel)
    {
        string file = $"{split}.jsonl";
        raw.Require(file, Holds);
        List<BadInput> unusable = [];
        RawRow[] rows = [.. JsonLines.Of(raw, file, unusable, cancel).Read(unusable, item =>
        {
            var record = PairRecord.Of(item);
            if (item["images"].Items() is not [var first, ..]) throw item["images"].Bad("is empty; expected the picture's permutations");
            string image = first.Words();
            return images.Has(image)
                ? new RawRow(new PairRow($"{split}-{record.Identifier}", [record.Sentence]), Half(images, image, 0, Cut), Half(images, image, Cut, Width))
                : throw new BadItemException($"There is no picture {images.Describe(image)}.");
        })];
        bad.Report(unusable);
        return rows;
    }

    private static RawImage Half(RawSource images, string image, int from, int to) => new($"{images.Describe(image)} (columns {from} to {to})", () =>
    {
        using PictureRows rows = ImageDecoder.Open(images.Read(image));
        if ((rows.Width, rows.Height) != (Width, Height))
            throw new DasException(ErrorKind.Data, $"It is {rows.Width} x {rows.Height} pixels large, not {Width} x {Height}.");
        return PngEncoder.Encode(ImageDecoder.Whole(rows, 4).Columns(from, to));
    });
}
