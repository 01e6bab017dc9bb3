namespace Das.Tests.Ingest;

internal static class LanguageSamples
{
    /// <summary>Every sample of a split, with its picture.</summary>
    public static LanguageSample[] Samples(this DatasetManifest manifest, string split)
    {
        using LanguageTable table = TaskKinds.Language.Open(manifest, split);
        return [.. Enumerable.Range(0, table.Count).Select(i => table[i] with { Image = table[i].Image.ToArray() })];
    }
}
