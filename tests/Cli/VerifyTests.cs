using Das.Cli.Hosting;

namespace Das.Tests.Cli;

[Collection(nameof(DasHome))]
public sealed class VerifyTests : IDisposable
{
    private readonly EvaluatedRuns runs = new();
    private readonly DasHome home;
    private readonly ArtifactRef dataset;
    private readonly Guid run;

    public VerifyTests()
    {
        home = new(runs.Home);
        dataset = runs.Dataset();
        run = runs.Add(dataset, [1, 0]);
    }

    private string Artifacts => Path.Combine(runs.Home, "artifacts");

    private string Predictions => Directory.GetFiles(Path.Combine(Artifacts, "evaluate"), ResultFiles.Predictions, SearchOption.AllDirectories).Single();

    public void Dispose()
    {
        home.Dispose();
        runs.Dispose();
    }

    [Fact]
    public async Task A_whole_run_is_said_to_be_whole()
    {
        CommandLine result = await VerifyAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("5 files, ", result.Output);
        Assert.Contains("all as they were written.", result.Output);
        Assert.Contains("verify", result.Error);
    }

    [Fact]
    public async Task A_flipped_bit_is_told_with_both_digests_and_what_to_do()
    {
        string before = Digest.OfFile(Predictions);
        Flip.Bit(Predictions, 5);
        CommandLine said = await VerifyAsync(), json = await VerifyAsync("--json");
        Assert.Equal((1, 1), (said.ExitCode, json.ExitCode));
        JsonNode damage = Assert.Single(json.Json["damaged"]!.AsArray())!;
        Assert.Equal(("evaluate", ResultFiles.Predictions, before, Digest.OfFile(Predictions)),
            ((string)damage["stage"]!, (string)damage["file"]!, (string)damage["expected"]!, (string)damage["found"]!));
        Assert.All([ResultFiles.Predictions, before[..12], "1 not as they were written. The next run of the same recipe computes them again."],
            text => Assert.Contains(text, said.Output));
    }

    [Fact]
    public async Task A_disk_that_changed_a_file_without_a_trace_is_found_and_the_file_not_believed_any_more()
    {
        ArtifactRef report = runs.View(run).Artifacts["evaluate"];
        string expected = Digest.OfFile(Predictions), folder = Path.GetDirectoryName(Predictions)!;
        Flip.Bit(Predictions, 5);
        // What is remembered of the file fits it, as if its bits had changed below the file system.
        FileDigests process = new();
        process.Learn(Predictions, FileIdentity.Of(Predictions)!.Value, expected);
        File.WriteAllText(Path.Combine(folder, FolderDigests.FileName), JsonSerializer.Serialize(
            new Dictionary<string, object> { [ResultFiles.Predictions] = new { Sha256 = expected, Identity = FileIdentity.Of(Predictions)!.Value } }));
        foreach (FileDigests known in new[] { process, new() }) new ArtifactStore(Artifacts, known).Verified(report, ResultFiles.Predictions);

        Assert.Equal(1, (await VerifyAsync()).ExitCode);
        foreach (FileDigests known in new[] { process, new() })
            Assert.Throws<DamagedArtifact>(() => new ArtifactStore(Artifacts, known).Verified(report, ResultFiles.Predictions));
    }

    [Fact]
    public async Task Another_result_than_the_registry_knows_and_a_missing_one_are_damage()
    {
        string result = Path.Combine(Path.GetDirectoryName(Predictions)!, ResultFiles.Stage);
        StageResult read = StageResult.Parse(File.ReadAllBytes(result));
        File.WriteAllBytes(result, (read with { Facts = new() { ["other"] = 1 } }).ToBytes());
        Directory.Delete(Path.Combine(Artifacts, Path.GetDirectoryName(dataset.Uri)!), recursive: true);
        CommandLine json = await VerifyAsync("--json");
        Assert.Equal(["is not the one that the registry knows", "is no longer in the store"],
            json.Json["damaged"]!.AsArray().Select(damage => (string)damage!["problem"]!));
    }

    [Fact]
    public async Task All_of_the_store_is_looked_at_and_what_nobody_wrote_down_is_listed()
    {
        string unfinished = Directory.CreateDirectory(Path.Combine(Artifacts, "search", "k")).FullName;
        File.WriteAllText(Path.Combine(unfinished, ResultFiles.State), "");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(Predictions)!, "mine.txt"), "");
        string towers = Directory.CreateDirectory(Path.Combine(Artifacts, KeptTowers.FolderName)).FullName;
        foreach (string name in new[] { "sealed.arrow", "flipped.arrow", "unsealed.arrow" })
        {
            string tower = Path.Combine(towers, name);
            File.WriteAllText(tower, name);
            if (name != "unsealed.arrow") FileSeal.Write(tower, Digest.OfFile(tower));
        }
        Flip.Bit(Path.Combine(towers, "flipped.arrow"), 0);

        CommandLine json = await CommandLine.RunAsync(new PipelineHost(), "verify", "--all", "--json");
        Assert.Equal((1, "flipped.arrow"), (json.ExitCode, (string)Assert.Single(json.Json["damaged"]!.AsArray())!["file"]!));
        Assert.Equal(["evaluate/e1/mine.txt", "search/k", "towers/unsealed.arrow"],
            json.Json["unjudged"]!.AsArray().Select(file => (string)file!["path"]!));
        Assert.Equal(7, (int)json.Json["files"]!);
    }

    [Fact]
    public async Task A_run_and_all_is_one_too_many()
    {
        CommandLine result = await VerifyAsync("--all");
        Assert.Equal((2, "das verify takes a run or --all, not both."), (result.ExitCode, result.Error.TrimEnd()));
    }

    private Task<CommandLine> VerifyAsync(params string[] options) =>
        CommandLine.RunAsync(new PipelineHost(), ["verify", run.ToString("N"), .. options]);
}
