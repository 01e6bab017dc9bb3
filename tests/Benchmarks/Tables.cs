namespace Das.Tests.Benchmarks;

/// <summary>Tables of rows made in a test.</summary>
internal static class Tables
{
    /// <returns>Its path.</returns>
    public static string Write(string path, TaskKind task, IEnumerable<TableRow> rows)
    {
        using TableWriter writer = new(path, task);
        foreach (TableRow row in rows) writer.Add(row);
        writer.Complete();
        return path;
    }

    /// <summary>Makes a folder of tables a dataset with one split, <c>test</c>.</summary>
    public static void Manifest(string folder, TaskKind task, string[] tables, params string[] answers) => new DatasetManifest
    {
        Benchmark = "test", Version = 1, Task = task, Splits = tables.Length == 0 ? [] : new() { ["test"] = tables },
        Files = [.. tables.Select(name => DatasetManifest.Describe(folder, name, 1, 1))],
        AnswersFile = DatasetManifest.WriteAnswers(folder, answers), BadInputs = 0, FirstBadInputs = [],
    }.Write(folder);
}
