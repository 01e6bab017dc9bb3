using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Tests.Control;

/// <summary>A registry as it was while a run's state named its stage and a saga had a column for each result.</summary>
public sealed class FormerRegistryTests : PipelineTest
{
    private const string Former = "20261125030157_ControlPlane";
    private static readonly Guid completed = Guid.NewGuid(), searching = Guid.NewGuid(), evaluating = Guid.NewGuid(), failed = Guid.NewGuid(),
        queued = Guid.NewGuid(), again = Guid.NewGuid();

    [Fact]
    public async Task It_opens_and_its_runs_are_listed_gone_on_with_and_retried()
    {
        Write();
        await using (ServiceProvider alone = Registry())
        {
            RunRegistry runs = alone.GetRequiredService<RunRegistry>();
            Dictionary<Guid, RunView> all = (await runs.ListAsync()).ToDictionary(run => run.Id);
            Assert.Equal((RunStatus.Completed, RunStatus.Running, RunStatus.Running, RunStatus.Failed, RunStatus.Queued),
                (all[completed].State, all[searching].State, all[evaluating].State, all[failed].State, all[queued].State));
            Assert.Equal(("Running search", "Running evaluate"), (all[searching].Standing, all[evaluating].Standing));
            Assert.Equal(Enumerable.Repeat(StageStatus.Finished, 4), all[completed].Stages.Select(stage => stage.State));
            Assert.Equal(PipelineStages.Das.Names, all[completed].Artifacts.Keys);
            Assert.Equal(Made("finetune"), all[completed].Artifacts["finetune"]);
            Assert.Equal([3, 7], all[completed].SkipModule!);
            Assert.Equal([StageStatus.Given, StageStatus.Given, StageStatus.Given, StageStatus.Finished], all[again].Stages.Select(stage => stage.State));
            Assert.Equal(["ingest", "finetune", "evaluate"], all[again].Artifacts.Keys);
            Assert.Equal([3, 7], all[again].SkipModule!);
            Assert.Equal([searching], (await runs.PageAsync(new RunQuery().InState("Searching"), Token)).Runs.Select(run => run.Id));
            Assert.Equal(2, (await runs.PageAsync(new RunQuery().InState("running"), Token)).Total);
        }

        await using PipelineProcess process = await StartAsync();
        foreach (Guid id in new[] { searching, evaluating, queued })
        {
            RunView run = await process.SucceedAsync(id);
        }
        Assert.Equal((Made("ingest"), Made("finetune")),
            ((await process.Runs.FindAsync(searching))!.Artifacts["ingest"], (await process.Runs.FindAsync(evaluating))!.Artifacts["finetune"]));
        Assert.True(await process.Runs.RetryAsync(failed));
        RunView retried = await process.SucceedAsync(failed);
        Assert.Equal((Made("ingest"), Made("search")), (retried.Artifacts["ingest"], retried.Artifacts["search"]));
        Assert.Equal(1, process.Worked("ingest"));
    }

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(new DasHome(Home.Path).Registry)!);
        using RegistryContext rows = new(RegistryDatabase.Options(new DasHome(Home.Path).Registry));
        rows.GetService<IMigrator>().Migrate(Former);
        foreach (string stage in PipelineStages.Das.Names)
            AtomicFile.Write(Path.Combine(new DasHome(Home.Path).Artifacts, Made(stage).Uri), Result(stage).ToBytes());
        Add(rows, completed, "Completed", ["finished", "finished", "finished", "finished"]);
        Add(rows, searching, "Searching", ["finished", "running"]);
        Add(rows, evaluating, "Evaluating", ["finished", "finished", "finished", "running"]);
        Add(rows, failed, "Failed", ["finished", "finished", "failed"]);
        Add(rows, queued, "Queued", []);
        Add(rows, again, "Completed", ["given", "given", "given", "finished"]);
    }

    private static void Add(RegistryContext rows, Guid id, string state, string[] stages)
    {
        DateTime now = DateTime.UtcNow;
        rows.Database.ExecuteSql($"""
            INSERT INTO Runs (Id, Name, Recipe, RecipeName, Backbone, Benchmark, Tags, Notes, State, Fresh, CancelRequested, RetryRequested, Created, Updated)
            VALUES ({id}, {state}, {Fake}, '', '', '', '', '', {state}, 0, 0, 0, {now}, {now})
            """);
        foreach ((string stage, string standing) in PipelineStages.Das.Names.Zip(stages))
            rows.Database.ExecuteSql($"INSERT INTO Stages (RunId, Stage, State, Reused, Started) VALUES ({id}, {stage}, {standing}, 0, {now})");
        if (state == "Queued") return;
        string?[] has = [.. PipelineStages.Das.Names.Select((stage, number) =>
            stages.ElementAtOrDefault(number) is "finished" or "given" ? JsonSerializer.Serialize(Made(stage), JsonSerializerOptions.Web) : null)];
        string? skipped = has[1] is null ? null : "[3,7]", search = stages[1] == "given" ? null : has[1];
        rows.Database.ExecuteSql($"""
            INSERT INTO Sagas (CorrelationId, CurrentState, Recipe, Fresh, Dataset, SearchResult, SkipModule, Checkpoint, Report)
            VALUES ({id}, {state}, {Fake}, 0, {has[0]}, {search}, {skipped}, {has[2]}, {has[3]})
            """);
    }

    private static StageResult Result(string stage) => new(stage, $"{stage[0]}{new string('0', 63)}", new(StringComparer.Ordinal), []);

    private static ArtifactRef Made(string stage)
    {
        byte[] bytes = Result(stage).ToBytes();
        return ArtifactStore.Reference(stage, Result(stage).Key, ResultFiles.Stage, Digest.Of(bytes), bytes.Length);
    }
}
