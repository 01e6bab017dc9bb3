using Das.Cli.Commands;
using Das.Cli;
using Das.Cli.Hosting;
using System.CommandLine;

namespace Das.Tests.Cli;

public class HelpTests
{
    private static readonly RootCommand root = DasCli.Build(new CliContext(new PipelineHost(), new Terminal(TextWriter.Null, TextWriter.Null),
        CancellationToken.None));

    public static TheoryData<string> Verbs => [.. root.Subcommands.Select(verb => verb.Name)];

    [Fact]
    public void The_verbs_are_those_of_the_design() =>
        Assert.Equal(["cancel", "chat", "check", "compare", "demo", "doctor", "export", "init", "keys", "pretrain", "pull", "recipes", "registry", "retry",
            "run", "runs", "serve", "show", "suite", "sweep", "users", "verify", "worker"], root.Subcommands.Select(verb => verb.Name).Order());

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData]
    public async Task Help_teaches_with_examples_exit_codes_and_variables(params string[] args)
    {
        var result = await CommandLine.RunAsync(args);
        Assert.Equal(0, result.ExitCode);
        Assert.All(["das run vilt/shapes --set search.skip=3", "Exit codes:", "130  cancelled", "DAS_HOME", "DAS_DEBUG=1"], text =>
            Assert.Contains(text, result.Output));
        Assert.Empty(result.Error);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_shows_examples_of_itself_that_can_be_typed(string verb)
    {
        var result = await CommandLine.RunAsync(verb, "--help");
        Assert.Equal(0, result.ExitCode);
        var examples = root.Subcommands.OfType<Verb>().Single(command => command.Name == verb).Examples;
        Assert.NotEmpty(examples);
        foreach (string example in examples)
        {
            Assert.Contains(example, result.Output);
            string typed = example.Split(" > ")[0];
            Assert.Empty(root.Parse(typed[(typed.IndexOf("das ") + 4)..]).Errors);
        }
    }
}
