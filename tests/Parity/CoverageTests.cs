namespace Das.Tests.Parity;

/// <summary>Which recording is checked by what, for a reader of the test output.</summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recording_has_a_check()
    {
        ParityCase[] recorded = [.. ParityCase.All];
        Assert.NotEmpty(recorded);
        foreach (IGrouping<string, ParityCase> folder in recorded.GroupBy(c => c.Id.Split('#')[0]))
            output.WriteLine($"{folder.Key}: {string.Join(", ", folder.Select(c => $"{Checker(c)} ({c.Kind})").Distinct())}");
        Assert.All(recorded, c => Assert.NotEqual("nothing", Checker(c)));
        Assert.DoesNotContain(Folders(), folder => !recorded.Any(c => $"{folder}/".StartsWith($"{c.Folder}/")));
    }

    private static string Checker(ParityCase recorded) => ParityTests.CheckerOf(recorded.Kind) ?? "nothing";

    /// <summary>Every folder with JSON in it, read from the disk and not from what the enumeration made of it: a case's own, or below one. A folder of
    /// the committed part may hold only weights that others use.</summary>
    private static IEnumerable<string> Folders() =>
        ParityCase.Roots.SelectMany(root => Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories))
            .Select(file => Path.GetDirectoryName(file)!).Distinct();
}
