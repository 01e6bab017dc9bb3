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
            output.WriteLine($"{folder.Key}: {string.Join(", ", folder.Select(c => $"{ParityTests.CheckerOf(c.Kind) ?? "nothing"} ({c.Kind})").Distinct())}");
        Assert.All(recorded, c => Assert.NotNull(ParityTests.CheckerOf(c.Kind)));
        Assert.Empty(Folders().Except(recorded.Select(c => c.Id.Split('/', '#')[1])));
    }

    /// <summary>Every folder that records something (one of the committed part may hold only weights that others use), read from the disk and not
    /// from what the enumeration made of it.</summary>
    private static IEnumerable<string> Folders() => Directory.GetDirectories(ParityCase.Root).SelectMany(Directory.GetDirectories)
        .Where(folder => Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Any()).Select(folder => Path.GetFileName(folder));
}
