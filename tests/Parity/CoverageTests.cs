namespace Das.Tests.Parity;

/// <summary>Which recording is checked by what, for a reader of the test output.</summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("vilt_meter")]
    [InlineData("lavin_llava")]
    public void Every_recording_has_a_check(string suite)
    {
        ParityCase[] recorded = [.. ParityCase.All.Where(c => c.Id.StartsWith(suite + "/", StringComparison.Ordinal))];
        Assert.NotEmpty(recorded);
        foreach (IGrouping<string, ParityCase> folder in recorded.GroupBy(c => c.Id.Split('#')[0]))
            output.WriteLine($"{folder.Key}: {string.Join(", ", folder.Select(c => $"{ParityTests.CheckerOf(c.Kind) ?? "nothing"} ({c.Kind})").Distinct())}");
        Assert.All(recorded, c => Assert.NotNull(ParityTests.CheckerOf(c.Kind)));
        Assert.Empty(Folders(suite).Except(recorded.Select(c => c.Id.Split('/', '#')[1])));
    }

    /// <summary>Every folder of recordings, read from the disk and not from what the enumeration made of it.</summary>
    private static IEnumerable<string> Folders(string suite)
    {
        string root = Path.Combine(ParityCase.Root, suite);
        return Directory.Exists(root) ? Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)) : [];
    }
}
