using Das.Tests.Foundation;

namespace Das.Tests.Shared;

/// <summary>Stages whose inputs and results somebody has changed since they were written.</summary>
public sealed class DamageTests : FolderTest
{
    private static readonly string[] written = ["weights.bin", "words/vocab.txt"];
    private readonly List<StageProgressed> progress = [];
    private int computed;

    public static TheoryData<string> Files => [.. written, ResultFiles.Stage, ResultFiles.Stage + FileSeal.Ending];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task One_flipped_bit_anywhere_in_a_result_is_computed_again_and_said(string file)
    {
        StageFinished first = await RunAsync(Make());
        string path = Path.Combine(FolderOf(first), file);
        byte[] whole = File.ReadAllBytes(path);
        int round = 0;
        foreach (long at in new[] { 0, whole.Length / 2, Math.Min(whole.Length, 64) - 1 })
        {
            Flip.Bit(path, at, round++);
            StageFinished again = await RunAsync(Make());
            Assert.Equal((false, first.Artifact, 1 + round), (again.Reused, again.Artifact, computed));
            Assert.Equal(whole, File.ReadAllBytes(path));
            string named = file.EndsWith(FileSeal.Ending) ? ResultFiles.Stage : file;
            string sentence = Assert.Single(progress, said => said.Note.EndsWith(": the stage is computed again.")).Note;
            Assert.StartsWith($"{named} of search/{first.Result.Key[..12]}… has changed since it was written (its SHA-256 is ", sentence);
            Assert.Contains(sentence, File.ReadAllText(Path.Combine(FolderOf(first), StageWorkspace.LogName)));
            Assert.True((await RunAsync(Make())).Reused);
            progress.Clear();
        }
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_or_is_none_is_computed_again()
    {
        StageFinished first = await RunAsync(Make());
        string result = Path.Combine(FolderOf(first), ResultFiles.Stage), seal = result + FileSeal.Ending;
        foreach (string hostile in new[] { "", "null", "{}", """{"stage":"search","key":"k","files":{"a":null},"facts":{}}""",
            Encoding.UTF8.GetString(first.Result.ToBytes()).Replace("words/vocab.txt", "../../../x") })
        {
            File.WriteAllText(result, hostile);
            File.Delete(seal);
            Assert.Equal((false, first.Artifact), await RunAsync(Make()) is var again ? (again.Reused, again.Artifact) : default);
        }
        File.Delete(seal);
        Assert.True((await RunAsync(Make())).Reused, "Results from before they were sealed are used.");
    }

    [Fact]
    public async Task A_result_that_the_registry_does_not_know_is_no_answer()
    {
        StageFinished first = await RunAsync(Make());
        Assert.True((await RunAsync(Make() with { Distrusted = ["00ff"] })).Reused);
        StageFinished again = await RunAsync(Make() with { Distrusted = [first.Artifact.Sha256] });
        Assert.Equal((false, 2), (again.Reused, computed));
        Assert.Contains(progress, said => said.Note.Contains("is not the one that the registry knows: the stage is computed again."));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_damaged_input_is_found_before_the_work_begins_and_its_maker_mends_it(string file)
    {
        if (file.EndsWith(FileSeal.Ending)) return; // An input's digest is in the command.
        StageFinished made = await RunAsync(Make());
        StageRequest use = new(Guid.NewGuid(), "finetune", 1, new JsonObject(), [made.Artifact.Sha256], Fresh: false) { Inputs = [made.Artifact] };
        Flip.Bit(Path.Combine(FolderOf(made), file), 1);
        DamagedArtifact damaged = await Assert.ThrowsAsync<DamagedArtifact>(() => RunAsync(use));
        Assert.Equal((made.Artifact, 1), (damaged.Artifact, computed));
        Assert.StartsWith($"{file} of search/{made.Result.Key[..12]}… has changed since it was written", damaged.Finding);
        Assert.False(Faults.IsTransient(damaged));

        Assert.Equal(made.Artifact, (await RunAsync(Make())).Artifact);
        Assert.False((await RunAsync(use)).Reused);
        Assert.Equal(3, computed);
    }

    [Fact]
    public async Task A_missing_or_unreadable_input_is_damaged_too()
    {
        StageFinished made = await RunAsync(Make());
        ArtifactStore store = Store();
        string file = Path.Combine(FolderOf(made), "weights.bin");
        File.Delete(file);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DamagedArtifact>(() => store.FolderOf(made.Artifact, cancellation: Token)).Kind);
        Directory.CreateDirectory(file);
        Assert.Contains("weights.bin of search/", Assert.Throws<DamagedArtifact>(() => store.Verified(made.Artifact, "weights.bin")).Message);
        Assert.Equal(Path.Combine(FolderOf(made), "words", "vocab.txt"), store.Verified(made.Artifact, "words/vocab.txt"));
        Assert.Contains("has no file 'x'", Assert.Throws<DasException>(() => store.Verified(made.Artifact, "x")).Message);
        Directory.Delete(FolderOf(made), recursive: true);
        Assert.Contains("is no longer in the store", Assert.Throws<DamagedArtifact>(() => store.ReadResult(made.Artifact)).Message);
    }

    [Fact]
    public async Task No_process_reads_again_what_another_has_verified()
    {
        StageFinished made = await RunAsync(Make());
        await FileDigestsTests.Settle();
        FileDigests first = new(), second = new();
        for (int time = 0; time < 2; time++) Store(first).FolderOf(made.Artifact, cancellation: Token);
        Store(second).FolderOf(made.Artifact, cancellation: Token);
        Assert.NotNull(Store(second).Find("search", made.Result.Key, cancellation: Token).Finished);
        Assert.Equal((written.Length, 0), (first.Read, second.Read));

        Flip.Bit(Path.Combine(FolderOf(made), "weights.bin"), 0);
        Assert.Throws<DamagedArtifact>(() => Store(second).FolderOf(made.Artifact, cancellation: Token));
        Assert.Equal(1, second.Read);
    }

    [Fact]
    public async Task What_a_stage_wrote_long_enough_ago_is_not_read_after_it_has_finished()
    {
        FileDigests writer = new(), reader = new();
        StageFinished made = await RunAsync(Make(), writer, FileDigestsTests.Settle);
        Store(writer).FolderOf(made.Artifact, cancellation: Token);
        Store(reader).FolderOf(made.Artifact, cancellation: Token);
        Assert.Equal((written.Length, 0), (writer.Read, reader.Read));
    }

    [Fact]
    public async Task A_damaged_or_hostile_memory_costs_a_reading_and_nothing_else()
    {
        StageFinished made = await RunAsync(Make());
        await FileDigestsTests.Settle();
        Store(new()).FolderOf(made.Artifact, cancellation: Token);
        string memory = Path.Combine(FolderOf(made), FolderDigests.FileName), whole = File.ReadAllText(memory);
        string[] hostile =
        [
            "", "null", "[]", "\u0000", """{"weights.bin":null}""", """{"weights.bin":{"Sha256":null,"Identity":null}}""",
            new('[', 100_000), new('{', 5_000_000), whole.Replace("weights.bin", "\\u0000weights.bin"), whole.Replace("weights.bin", "../../../../etc/passwd"),
            whole[..^20],
        ];
        foreach (string content in hostile)
        {
            File.WriteAllText(memory, content);
            FileDigests process = new();
            Store(process).FolderOf(made.Artifact, cancellation: Token);
            Assert.InRange(process.Read, 1, written.Length);
        }
        for (int at = 0; at < whole.Length; at += 7)
        {
            File.WriteAllText(memory, whole);
            Flip.Bit(memory, at, at % 7);
            Store(new()).FolderOf(made.Artifact, cancellation: Token);
        }
    }

    private ArtifactStore Store(FileDigests? digests = null) => new(folder.Path, digests ?? new());

    private string FolderOf(StageFinished made) => folder[$"search/{made.Result.Key}"];

    private static StageRequest Make() => new(Guid.NewGuid(), "search", 1, new JsonObject { ["skip"] = 1 }, ["00ff"], Fresh: false);

    private Task<StageFinished> RunAsync(StageRequest request, FileDigests? digests = null, Func<Task>? last = null) =>
        new StageRunner(Store(digests), (said, _) =>
        {
            lock (progress) progress.Add(said);
            return Task.CompletedTask;
        }).RunAsync(request, async (workspace, _) =>
        {
            computed++;
            Directory.CreateDirectory(workspace.File("words"));
            File.WriteAllText(workspace.File("weights.bin"), new string('w', 1000));
            File.WriteAllText(workspace.File("words/vocab.txt"), "a\nb\n");
            if (last is not null) await last();
            return new(written, new() { ["skipModule"] = new JsonArray(3, 7) });
        }, Token);
}
