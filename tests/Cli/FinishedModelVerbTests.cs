namespace Das.Tests.Cli;

[Collection(nameof(DasHome))]
public sealed class FinishedModelVerbTests : IDisposable
{
    private readonly DasHome home = new();
    private readonly TemporaryFolder work = new();
    private readonly FakeHost host = new();

    public FinishedModelVerbTests()
    {
        (Recipe recipe, ArtifactRef finetuned) = FinishedDecoders.Write(Path.Combine(home.Path, "artifacts"), work["pretrained.safetensors"]);
        host.Runs.Add(new(Guid.NewGuid(), "tiny/own", RunStatus.Completed, DateTimeOffset.UnixEpoch)
        {
            Recipe = recipe.ToCanonicalJson(),
            Finetuned = finetuned,
        });
        host.Runs.Add(new(Guid.NewGuid(), "begun", RunStatus.Running, DateTimeOffset.UnixEpoch));
    }

    public void Dispose()
    {
        work.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_finished_model_becomes_a_folder_with_all_that_it_takes()
    {
        CommandLine said = await CommandLine.RunAsync(host, "export", "tiny/own", "-o", work["out"]);
        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Contains($"Wrote {work["out"]}, without the layers [1].", said.Output);
        Assert.Equal(["README.md", "config.json", "model.safetensors", "modeling_das.py", "tokenizer.model"],
            Directory.GetFiles(work["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        CommandLine again = await CommandLine.RunAsync(host, "export", "tiny/own", "-o", work["out"]);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("exists already", again.Error);
    }

    [Fact]
    public async Task A_finished_model_is_asked_from_the_command_line()
    {
        CommandLine said = await CommandLine.RunAsync(host, "chat", "tiny/own", "Where is the sun?", "--max-tokens", "3", "--json");
        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Equal("Where is the sun?", (string?)said.Json["question"]);
        Assert.False(string.IsNullOrEmpty((string?)said.Json["answer"]));
        CommandLine blind = await CommandLine.RunAsync(host, "chat", "tiny/own", "What is this?", "--image", work["pretrained.safetensors"]);
        Assert.Equal(2, blind.ExitCode);
        Assert.Contains("reads no pictures", blind.Error);
        Assert.Contains("no such picture", (await CommandLine.RunAsync(host, "chat", "tiny/own", "What?", "--image", work["none.png"])).Error);
        Assert.Contains("has no finished model", (await CommandLine.RunAsync(host, "chat", "begun", "What?")).Error);
    }

    [Fact]
    public async Task Questions_line_after_line_are_one_object_as_json()
    {
        TextReader input = Console.In;
        Console.SetIn(new StringReader("Where is the sun?\n\nWhere is the moon?\n"));
        try
        {
            CommandLine said = await CommandLine.RunAsync(host, "chat", "tiny/own", "--max-tokens", "3", "--json");
            Assert.Equal((0, ""), (said.ExitCode, string.Join("", said.Error.Split("> "))));
            JsonArray turns = said.Json["turns"]!.AsArray();
            Assert.Equal(["Where is the sun?", "Where is the moon?"], turns.Select(turn => (string?)turn!["question"]));
            Assert.All(turns, turn => Assert.False(string.IsNullOrEmpty((string?)turn!["answer"])));
        }
        finally { Console.SetIn(input); }
    }

    [Theory]
    [InlineData("no place for adapters", "tiny/own", "--format", "gguf")]
    [InlineData("are no GGUF file", "tiny/own", "--format", "gguf", "--bare")]
    [InlineData("--bare is of --format gguf", "tiny/own", "--bare")]
    [InlineData("has no finished model", "begun")]
    public async Task What_cannot_be_exported_is_said_and_nothing_is_left_behind(string expected, params string[] arguments)
    {
        CommandLine said = await CommandLine.RunAsync(host, ["export", .. arguments, "-o", work["out"]]);
        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains(expected, said.Error);
        Assert.Equal(["pretrained.safetensors"], Directory.GetFileSystemEntries(work.Path).Select(Path.GetFileName));
    }
}
