using Das.Benchmarks.Arrow;
using Das.Benchmarks.Images;
using Das.Benchmarks.Images.Formats;

namespace Das.Reports.Datasets;

/// <summary>What an ingested dataset looks like to a person.</summary>
/// <param name="Dataset">Counts, digests, unusable inputs.</param>
/// <param name="Splits">What is trained on before what is tested on.</param>
public sealed record DatasetSummary(DatasetManifest Dataset, IReadOnlyList<SplitSummary> Splits)
{
    private const int CommonestAnswers = 15, Samples = 12;
    private static readonly string[] First = ["train", "val", "test"];

    /// <summary>Reads every text and a few pictures.</summary>
    /// <exception cref="DasException">A table is damaged.</exception>
    public static DatasetSummary Of(DatasetManifest dataset, CancellationToken cancellation) =>
        new(dataset, [.. First.Intersect(dataset.Splits.Keys).Union(dataset.Splits.Keys).Select(split => Of(dataset, split, cancellation))]);

    private static SplitSummary Of(DatasetManifest dataset, string split, CancellationToken cancellation)
    {
        using IShownSamples table = dataset.Task.OpenSamples(dataset, split);
        Dictionary<string, long> answers = [];
        int[] lengths = new int[table.Count];
        for (int i = 0; i < table.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ShownSample sample = table.Show(i);
            lengths[i] = Words(sample.Text);
            foreach (string answer in sample.Answers) answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }
        int[] drawn = [.. Enumerable.Range(0, table.Count)];
        SplitMix64.For(0, split.Length).Shuffle<int>(drawn);
        return new(split, table.Rows, table.Count, answers.Count,
            [.. answers.OrderByDescending(answer => answer.Value).ThenBy(answer => answer.Key, StringComparer.Ordinal).Take(CommonestAnswers)
                .Select(answer => new AnswerCount(answer.Key, answer.Value))],
            TextLengths.Of(lengths),
            [.. drawn.Take(Samples).Order().Select(index => new SampleSummary(table.Show(index), [.. table.PicturesOf(index).Select(Thumbnail.Of)]))]);
    }

    private static int Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}

/// <summary>A split.</summary>
/// <param name="Name">train, val, test or what else there is.</param>
/// <param name="Rows">Pictures, pairs of them, or texts.</param>
/// <param name="Samples">Questions, sentences, captions or texts.</param>
/// <param name="DistinctAnswers">How many answers occur.</param>
/// <param name="Answers">The commonest.</param>
/// <param name="Lengths">Of the samples' texts.</param>
/// <param name="Drawn">A few samples, the same ones every time.</param>
public sealed record SplitSummary(string Name, long Rows, long Samples, int DistinctAnswers, IReadOnlyList<AnswerCount> Answers, TextLengths Lengths,
    IReadOnlyList<SampleSummary> Drawn);

/// <summary>How many samples have an answer.</summary>
public sealed record AnswerCount(string Answer, long Samples);

/// <summary>A sample and its pictures, small.</summary>
public sealed record SampleSummary(ShownSample Sample, IReadOnlyList<Thumbnail> Pictures);

/// <summary>Lengths of texts in words.</summary>
/// <param name="Shortest">0 where there are no texts, like the others.</param>
/// <param name="Median">Half of the texts are no longer.</param>
/// <param name="Long">19 of 20 are no longer.</param>
/// <param name="Longest">No text is longer.</param>
/// <param name="Histogram">The greatest length of a bar, and how many texts it stands for.</param>
public sealed record TextLengths(int Shortest, int Median, int Long, int Longest, IReadOnlyList<(int UpTo, int Texts)> Histogram)
{
    private const int Bars = 20;

    public static TextLengths Of(int[] lengths)
    {
        if (lengths.Length == 0) return new(0, 0, 0, 0, []);
        int[] sorted = [.. lengths.Order()];
        int width = Math.Max(1, (sorted[^1] + Bars - 1) / Bars);
        return new(sorted[0], At(0.5), At(0.95), sorted[^1],
            [.. sorted.GroupBy(length => Math.Max(0, length - 1) / width).Select(bar => ((bar.Key + 1) * width, bar.Count()))]);

        int At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}

/// <summary>A picture as the model's transform receives it, made small.</summary>
/// <param name="Png">Encoded; null where the picture cannot be shown.</param>
/// <param name="Words">Its size, or why it cannot be shown.</param>
public sealed record Thumbnail(byte[]? Png, string Words)
{
    private const int LongestSide = 160;

    public static Thumbnail Of(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            using PictureRows picture = ImageDecoder.Open(encoded);
            double scale = Math.Min(1, (double)LongestSide / Math.Max(picture.Width, picture.Height));
            Raster small = PillowResize.RowsFirst(picture, 3, Side(picture.Width), Side(picture.Height));
            return new(PngEncoder.Encode(small), $"{picture.Width} x {picture.Height}");

            int Side(int full) => Math.Max(1, (int)(full * scale));
        }
        catch (DasException unusable) { return new(null, unusable.Message); }
    }
}
