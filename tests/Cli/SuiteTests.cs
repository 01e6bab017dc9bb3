using Das.Cli.Hosting;
namespace Das.Tests.Cli;

public sealed class SuiteTests : FolderTest
{
    [Fact]
    public async Task The_smoke_suite_trains_and_passes_and_fails_by_threshold()
    {
        string[] suite = ["suite", Repository.PathOf("recipes/suites/smoke.json"), "--json", "--output", folder["reports"], "--junit",
            folder["junit.xml"]];
        var (exitCode, passed) = await RunAsync(suite);
        Assert.True(exitCode == 0, passed);
        var runs = Json(passed)["runs"]!.AsArray();
        Assert.Equal(3, runs.Count);
        Assert.All(runs, run => Assert.Equal("shapes", JsonNode.Parse(File.ReadAllText((string)run!["report"]!))!["benchmark"]!.GetValue<string>()));
        Assert.Equal("0", Suite().Attribute("failures")!.Value);

        var (below, failed) = await RunAsync([.. suite, "--min-accuracy", "1.01"]);
        Assert.True(below == ExitCodes.BelowThreshold, failed);
        Assert.False(Json(failed)["passed"]!.GetValue<bool>());
        Assert.Equal("3", Suite().Attribute("failures")!.Value);
        Assert.Contains("less than 1.01", Suite().Elements("testcase").First().Element("failure")!.Attribute("message")!.Value);
    }

    [Fact]
    public async Task A_run_that_fails_fails_the_suite_with_its_sentence()
    {
        string file = Write("""
            {"name":"bad","runs":[{"recipe":"vilt/shapes","sets":["search.optimization.batch=1000000","search.optimization.microBatch=10",
                "benchmark.options={\"trainImages\":8,\"valImages\":4,\"testImages\":4}"]}]}
            """);
        var (exitCode, output) = await RunAsync(["suite", file, "--output", folder["reports"]]);
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains("optimizer step", output);
        Assert.Contains("0 of 1 passed", output);
    }

    [Fact]
    public async Task A_suite_of_another_site_needs_its_key()
    {
        await using SignInSite site = await SignInSite.StartAsync(folder["site"]);
        site.Process.Stages.On("search", (_, _) => throw new InvalidDataException("It is broken."));
        string file = Write("""{"name":"far","runs":[{"recipe":"vilt/shapes"}]}"""), server = site.Process.Address.ToString();
        var refused = await CommandLine.RunAsync("suite", file, "--server", server, "--output", folder["reports"]);
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains("answers 401: Sign in at /sign-in, or send an API key", refused.Error);
        var viewer = await CommandLine.RunAsync("suite", file, "--server", server, "--key", await site.Keys.AddAsync("looks", "viewer"), "--output",
            folder["reports"]);
        Assert.Contains("answers 403: This takes the role 'operator'", viewer.Error);
        var run = await CommandLine.RunAsync("suite", file, "--server", server, "--key", await site.Keys.AddAsync("ci", "operator"), "--output",
            folder["reports"], "--json");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Equal("It is broken.", run.Json["runs"]![0]!["error"]!.GetValue<string>());
        Assert.Equal("suite:far", Assert.Single(await site.Process.Runs.ListAsync()).Tags.Single());
    }

    [Theory]
    [InlineData("""{"name":"x","runs":[]}""", "'runs' is empty")]
    [InlineData("""{"name":"x","runs":[{"recipe":"a"},{"recipe":"a"}]}""", "'runs[1]' is the second called 'a'")]
    [InlineData("""{"name":"x","runs":[{"recipe":"a","treshold":{}}]}""", "unknown key 'treshold'. Did you mean 'thresholds'?")]
    [InlineData("""{"name":"x","runs":[{"recipe":"a","thresholds":{"accuracy":"high"}}]}""", "'runs[0].thresholds' must be")]
    public async Task A_suite_that_cannot_be_used_says_where(string text, string sentence)
    {
        var result = await CommandLine.RunAsync("suite", Write(text));
        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains(sentence, result.Error);
        Assert.Contains("suite.json:1:", result.Error);
    }

    [Theory]
    [InlineData("--min", "accuracy")]
    [InlineData("--min", "accuracy=high")]
    [InlineData("--server", "example.org")]
    public async Task An_option_that_cannot_be_used_is_explained(string option, string value)
    {
        var result = await CommandLine.RunAsync("suite", Write("""{"name":"x","runs":[{"recipe":"a"}]}"""), option, value);
        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains(value, result.Error);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_failure_with_a_sentence()
    {
        var result = await CommandLine.RunAsync("suite", Write("""{"name":"x","runs":[{"recipe":"a"}]}"""), "--server", "http://127.0.0.1:9");
        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Contains("The server http://127.0.0.1:9/ cannot be reached", result.Error);
    }

    private Task<(int ExitCode, string Output)> RunAsync(string[] arguments) => DasProcess.RunAsync(folder["home"], arguments);

    private string Write(string text) => folder.Write("suite.json", text);

    private XElement Suite() => XDocument.Load(folder["junit.xml"]).Root!.Element("testsuite")!;

    private static JsonNode Json(string output) => JsonNode.Parse(output[output.IndexOf('{')..(output.LastIndexOf('}') + 1)])!;
}
