using Das.Cli;
using Das.Cli.Hosting;
namespace Das.Tests.Cli;

/// <summary>What one command line printed and returned.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    /// <summary>The output as the one JSON object that it must be.</summary>
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public static Task<CommandLine> RunAsync(params string[] args) => RunAsync(new FakeHost(), args);

    public static Task<CommandLine> RunAsync(PipelineHost host, params string[] args) => RunAsync(host, CancellationToken.None, args);

    public static async Task<CommandLine> RunAsync(PipelineHost host, CancellationToken interrupted, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int exitCode = await DasCli.RunAsync(args, new CliContext(host, new Terminal(output, error), interrupted));
        return new(exitCode, output.ToString(), error.ToString());
    }
}
