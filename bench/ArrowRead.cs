using Das.Benchmarks.Arrow;
using Das.Benchmarks.Images;

namespace Das.Bench;

/// <summary>Pictures in random order out of an ingested table and out of raw files, both in the system's file cache, on one thread.</summary>
internal static class ArrowRead
{
    public static Measured Measure(MeasurementOptions options) => PictureFiles.With(options, (files, folder) =>
    {
        string path = Path.Combine(folder, "pictures.arrow");
        Ingest(files, path);
        using VqaTable table = new(path);
        return Compare(files, table, options);
    });

    private static Measured Compare(string[] files, VqaTable table, MeasurementOptions options)
    {
        int[] order = Seeds.Random(0, "bench/arrow-read", 0).Permutation(files.Length);
        byte[][] held = [.. files.Select(File.ReadAllBytes)];
        byte[] copy = new byte[held.Max(h => h.Length)];
        const string arrow = "Arrow", raw = "raw", rawDecoded = "raw + decode", arrowDecoded = "Arrow + decode", decoded = "decode";
        Contender Each(string name, Action<int> one) => new(name, () => Array.ForEach(order, one));
        Contender[] contenders =
        [
            Each(arrow, i => table[i].Image.Span.CopyTo(copy)),
            Each(raw, i => File.ReadAllBytes(files[i])),
            Each(rawDecoded, i => ImageDecoder.DecodeRgb(File.ReadAllBytes(files[i]))),
            Each(arrowDecoded, i => ImageDecoder.DecodeRgb(table[i].Image.Span)),
            Each(decoded, i => ImageDecoder.DecodeRgb(held[i])),
        ];
        Interleaved timed = Interleaved.Time(contenders, options);

        Spread PerSecond(string name) => timed.Over(s => files.Length / s[name]);
        return new(timed,
        [
            Figure.Cost("Arrow + decode ÷ decode of bytes in memory", timed.Over(s => s[arrowDecoded] / s[decoded]), 1),
            Figure.Cost("raw file + decode ÷ decode of bytes in memory", timed.Over(s => s[rawDecoded] / s[decoded]), 1),
            new("raw file + decode ÷ Arrow + decode", timed.Over(s => s[rawDecoded] / s[arrowDecoded]), "×", null, null),
            new("raw file ÷ Arrow row, bytes alone", timed.Over(s => s[raw] / s[arrow]), "×", null, null),
            Figure.Rate("(i) Arrow rows alone, question and answers included", PerSecond(arrow), "images/s"),
            Figure.Rate("(ii) raw files + decode", PerSecond(rawDecoded), "images/s"),
            Figure.Rate("(iii) Arrow + decode", PerSecond(arrowDecoded), "images/s"),
        ]);
    }

    private static void Ingest(string[] files, string table)
    {
        using TableWriter writer = new(table, TaskKinds.Vqa);
        for (int i = 0; i < files.Length; i++)
            writer.Add(new(new VqaRow(i, "train", [new(i, "What shape is it?", ["circle"], [0], [1.0])]), File.ReadAllBytes(files[i])));
        writer.Complete();
    }
}
