namespace Das.Tests.Pipeline;

/// <summary>A sweep by the built program: real runs, a real registry.</summary>
public sealed class SweepTests : FolderTest
{
    [Fact]
    public async Task A_sweep_ingests_once_and_compare_finds_its_runs_again()
    {
        string[] sweep = ["sweep", .. DasProcess.TinyRun[1..], "--skip", "0,2", "--seeds", "2"];
        var swept = await DasProcess.RunAsync(folder.Path, sweep.Where(word => word != "--json"));
        Assert.True(swept.ExitCode == 0, swept.Output);
        Assert.Single(Directory.GetDirectories(folder["artifacts/ingest"]));
        Assert.Equal(4, Directory.GetDirectories(folder["artifacts/finetune"]).Length);

        string[] ids = swept.Output.Split("das compare ")[1].Split('\n')[0].Split(' ');
        string plot = folder["scores.png"];
        var compared = await DasProcess.RunAsync(folder.Path, ["compare", .. ids, "--plot", plot, "--json"]);
        Assert.True(compared.ExitCode == 0, compared.Output);
        var rows = JsonNode.Parse(compared.Output)!["rows"]!.AsArray();
        Assert.Equal(["vilt, full adapters, k = 0", "vilt, DAS, k = 2"], rows.Select(row => (string)row!["method"]!["name"]!));
        Assert.All(rows, row => Assert.Equal(2, (int)row!["scores"]![0]!["seeds"]!));
        Assert.True((double)rows[1]!["additionalMacs"]! < (double)rows[0]!["additionalMacs"]!);
        Assert.True(File.Exists(plot));
    }
}
