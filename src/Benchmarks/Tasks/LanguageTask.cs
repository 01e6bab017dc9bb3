namespace Das.Benchmarks.Arrow;

/// <summary>The texts of one split, one a row.</summary>
public sealed class LanguageTable(params IReadOnlyList<string> paths) : SampleTable<LanguageSample>(paths,
[
    LanguageLayout.Id, LanguageLayout.Prompt, LanguageLayout.Target, LanguageLayout.Query, LanguageLayout.Choices, LanguageLayout.Letters,
    LanguageLayout.Expected, LanguageLayout.Image, LanguageLayout.FactNames, LanguageLayout.FactValues,
], _ => 1)
{
    /// <summary>The picture of a row, encoded, empty where there is none; valid while the table is open.</summary>
    public ReadOnlyMemory<byte> Image(int row) => Row(row).Bytes(LanguageLayout.Image);

    private protected override LanguageSample Read(StoredRow row, int ordinal) => new(
        row.Text(LanguageLayout.Id), row.Text(LanguageLayout.Prompt), row.Text(LanguageLayout.Target), row.Text(LanguageLayout.Query),
        row.Items(LanguageLayout.Choices), row.Items(LanguageLayout.Letters), row.Text(LanguageLayout.Expected), row.Bytes(LanguageLayout.Image), Facts(row));

    private static Dictionary<string, string> Facts(StoredRow row)
    {
        string[] names = row.Items(LanguageLayout.FactNames), values = row.Items(LanguageLayout.FactValues);
        Dictionary<string, string> facts = [];
        for (int i = 0; i < names.Length; i++) facts[names[i]] = i < values.Length ? values[i] : "";
        return facts;
    }
}
