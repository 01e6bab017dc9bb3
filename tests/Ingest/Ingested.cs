namespace Das.Tests.Ingest;

internal static class Ingested
{
    /// <summary>Ingests raw files into a folder.</summary>
    public static Task<DatasetManifest> Write(string benchmark, string? source, TemporaryFolder folder, JsonObject? options = null,
        string onBadInput = "stop") =>
        DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source, options, onBadInput, folder.Path, null, Token);

    /// <summary>Every sample of a split, with its picture.</summary>
    public static LanguageSample[] Samples(this DatasetManifest manifest, string split)
    {
        using LanguageTable table = TaskKinds.Language.Open(manifest, split);
        return [.. Enumerable.Range(0, table.Count).Select(i => table[i] with { Image = table[i].Image.ToArray() })];
    }
}
