using Apache.Arrow.Ipc;

namespace Das.Tests.Benchmarks;

public sealed class LanguageTableTests : FolderTest
{
    private static TableRow Text(int i, string expected = "A", int choices = 2)
    {
        LanguageRow row = new($"t{i}", $"prompt {i}\n", $"target {i} é", $"query {i}", [.. Enumerable.Range(0, choices).Select(c => $"choice {c}")],
            [.. Enumerable.Range(0, choices).Select(c => $"{(char)('A' + c)}")],
                expected) { Facts = new Dictionary<string, string> { ["grade"] = $"grade{i}", ["empty"] = "" } };
        return i % 2 == 0 ? new(row) : new(row, new byte[] { (byte)i, 3 });
    }

    private string Write(string name, IEnumerable<TableRow> rows) => Tables.Write(folder[name], TaskKinds.Language, rows);

    [Fact]
    public void Texts_are_read_as_written_with_and_without_pictures_and_choices()
    {
        TableRow[] rows = [.. Enumerable.Range(0, 9).Select(i => Text(i, choices: i % 3))];
        using LanguageTable table = new(Write("a", rows[..4]), Write("b", rows[4..]));
        Assert.Equal((9, 9), (table.Count, table.Rows));
        for (int i = 0; i < rows.Length; i++)
        {
            var row = (LanguageRow)rows[i].Content;
            LanguageSample sample = table[i];
            Assert.Equal((row.Id, row.Prompt, row.Target, row.Query, row.Expected), (sample.Id, sample.Prompt, sample.Target, sample.Query, sample.Expected));
            Assert.Equal(row.Choices, sample.Choices);
            Assert.Equal(row.Letters, sample.Letters);
            Assert.Equal(row.Facts, sample.Facts);
            Assert.Equal(i % 2 == 1, sample.HasImage);
            Assert.Equal(i % 2 == 0 ? [] : [(byte)i, 3], table.Picture(i).ToArray());
        }
    }

    [Fact]
    public void Others_read_our_file_with_its_columns()
    {
        using ArrowFileReader reader = new(File.OpenRead(Write("a", [Text(1)])));
        Assert.Equal("id:utf8 prompt:utf8 target:utf8 query:utf8 choices:list letters:list expected:utf8 image:binary fact_names:list fact_values:list",
            string.Join(' ', reader.Schema.FieldsList.Select(f => $"{f.Name}:{f.DataType.Name}")));
    }

    [Fact]
    public void Damaged_files_give_samples_or_a_sentence_but_never_anything_else()
    {
        byte[] whole = File.ReadAllBytes(Write("a", Enumerable.Range(0, 10).Select(i => Text(i))));
        DamagedBytes.AreReadOrRefused(whole, 11, 200, damaged =>
        {
            using LanguageTable table = new(folder.Write("x", damaged));
            for (int i = 0; i < table.Count; i++) _ = table[i];
        });
    }

    [Fact]
    public void The_majority_letter_is_the_commonest_right_one_in_training_and_chance_is_one_over_the_choices()
    {
        using LanguageTable train = new(Write("a", [Text(0, "B"), Text(1, "A"), Text(2, "B"), Text(3, "18", choices: 0)]));
        using LanguageTable test = new(Write("b", [Text(0, "B"), Text(1, "A"), Text(2, "A", choices: 4), Text(3, "9", choices: 0)])),
            free = new(Write("c", [Text(0, "1", choices: 0)]));
        Assert.Equal(new Majority<string>("B", 2 / 3.0), train.Majority());
        Assert.Equal((3, 1 / 3.0), (test.Always(train.Majority().Answer).Count, test.Always(train.Majority().Answer).Mean));
        Assert.Equal((0.5 + 0.5 + 0.25) / 3, test.Chance(), 12);
        Assert.Equal(0, free.Chance());
        Refuses.Data("no questions with choices", () => free.Majority());
    }
}
