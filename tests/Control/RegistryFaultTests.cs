using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control;

public sealed class RegistryFaultTests : PipelineTest
{
    [Theory]
    [InlineData(5, ErrorKind.Machine, "busy", true)]
    [InlineData(6, ErrorKind.Machine, "busy", true)]
    [InlineData(13, ErrorKind.DiskFull, "is full", true)]
    [InlineData(8, ErrorKind.Machine, "cannot be written", true)]
    [InlineData(10, ErrorKind.Machine, "fails, or is full", true)]
    [InlineData(14, ErrorKind.Machine, "cannot be opened", true)]
    [InlineData(11, ErrorKind.Machine, "das registry rebuild", false)]
    [InlineData(26, ErrorKind.Machine, "das registry rebuild", false)]
    [InlineData(19, ErrorKind.Machine, "the log has the details", false)]
    public void What_sqlite_says_is_a_sentence_however_deep_it_lies(int code, ErrorKind kind, string sentence, bool passes)
    {
        SqliteException fault = new("SQLite's own words", code);
        DbUpdateException around = new("EF's", fault);
        foreach (Exception thrown in new Exception[] { fault, around, new InvalidOperationException("x", around) })
        {
            DasException said = RegistryFault.Of(thrown)!;
            Assert.Equal((kind, passes), (said.Kind, RegistryFault.Passes(thrown)));
            Assert.Contains(sentence, said.Message);
            Assert.DoesNotContain("words", said.Message);
        }
    }

    [Fact]
    public void Another_fault_is_not_the_registrys() => Assert.All<Exception>([new IOException("x"), new DasException(ErrorKind.Data, "x"),
        new InvalidOperationException("x", new TimeoutException())], fault => Assert.False(RegistryFault.Of(fault) is not null || RegistryFault.Passes(fault)));

    [Fact]
    public async Task A_damaged_registry_is_said_by_the_api_and_on_the_page()
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = (await process.RunAsync()).Id;
        await using (RegistryContext rows = Rows()) await rows.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", Token);
        await File.WriteAllTextAsync(Home["damaged"], new string('x', 20_000), Token);
        File.Move(Home["damaged"], Home["registry.db"], overwrite: true);
        SqliteConnection.ClearAllPools();
        using HttpResponseMessage answer = await process.Http.GetAsync($"/api/runs/{id}", Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("is damaged", await Site.Access.SignInTests.SentenceAsync(answer));
        string page = await process.Http.GetStringAsync("/", Token);
        Assert.Contains("is damaged", page);
        Assert.DoesNotContain("SQLite", page);
    }

    [Fact]
    public async Task A_full_disk_is_said_with_507_and_a_run_under_way_goes_on_when_there_is_room()
    {
        using SmallDisk disk = SmallDisk.Mount(8 << 20);
        // The stages' files lie elsewhere: it is the saga that must write and cannot.
        Directory.CreateSymbolicLink(Path.Combine(disk.Path, "artifacts"), Directory.CreateDirectory(Home["elsewhere"]).FullName);
        TaskCompletionSource searching = new();
        await using PipelineProcess process = await PipelineProcess.StartAsync(disk.Path, stages => stages.On("search", (_, _) => searching.Task));
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running search");
        disk.Fill();
        searching.SetResult();
        using HttpResponseMessage answer = await process.Http.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes" }, Token);
        Assert.True(answer.StatusCode == HttpStatusCode.InsufficientStorage, await answer.Content.ReadAsStringAsync(Token));
        Assert.Contains("is full", await Site.Access.SignInTests.SentenceAsync(answer));
        Assert.Equal("Running search", (await process.Runs.FindAsync(id))!.Standing);
        disk.Free();
        await process.SucceedAsync(id);
    }
}
