using Das.Cli.Suites;

namespace Das.Cli.Commands;

/// <summary><c>das suite</c>: several recipes unattended, pass or fail by their scores.</summary>
public static class SuiteCommand
{
    /// <summary>Holds an API key where <c>--key</c> would show it to others on the machine.</summary>
    private const string KeyVariable = "DAS_API_KEY";

    public static Verb Create(CliContext context)
    {
        var file = new Argument<string>("file") { Description = "The suite: {name, runs: [{recipe, sets, name, thresholds: {metric: least}}]}" };
        var accuracy = new Option<double?>("--min-accuracy") { Description = "What every run's accuracy must reach, as a share: 0.5", HelpName = "share" };
        var least = new Option<string[]>("--min") { Description = "What another metric of every run must reach; may be repeated", HelpName = "metric=value",
            AllowMultipleArgumentsPerToken = false };
        var server = new Option<string?>("--server") { Description = "The site that runs the suite (default: this process)", HelpName = "url" };
        var key = new Option<string?>("--key") { Description = $"Its API key, from das keys add; better in the variable {KeyVariable}" };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the runs' reports", HelpName = "folder", DefaultValueFactory = _ =>
            "suite-results" };
        var junit = new Option<string?>("--junit") { Description = "Write the result as JUnit XML, too", HelpName = "file" };
        var fresh = Inputs.Fresh();
        var verb = new Verb("suite", "Run several recipes and pass or fail by their scores",
            "das suite recipes/suites/smoke.json",
            "das suite recipes/suites/smoke.json --min-accuracy 0.4 --junit results.xml",
            "das suite nightly.json --server https://das.example.org --min irRecall1=0.6 --json") { file, accuracy, least, server, key, output, junit, fresh };
        verb.SetAction(async parsed =>
        {
            var suite = Suite.Load(parsed.GetRequiredValue(file));
            var thresholds = Thresholds(parsed.GetValue(accuracy), parsed.GetValue(least) ?? []);
            await using var here = parsed.GetValue(server) is null ? await context.Host.ServeHereAsync() : null;
            using var remote = new SuiteServer(here?.Address ?? Address(parsed.GetValue(server)!), parsed.GetValue(key)
                ?? Environment.GetEnvironmentVariable(KeyVariable), TimeProvider.System);
            var outcome = await new SuiteRunner(remote, context, parsed.GetRequiredValue(output)).RunAsync(suite, thresholds, parsed.GetValue(fresh));
            if (parsed.GetValue(junit) is { } path) outcome.JUnit.Save(path);
            Show(context.Terminal, outcome);
            return outcome.ExitCode;
        });
        return verb;
    }

    private static void Show(Terminal terminal, SuiteOutcome outcome) => terminal.Result(outcome.Machine, console =>
    {
        console.Write(RunDisplay.Table(outcome.Table));
        console.WriteLine($"{outcome.Suite}: {outcome.Runs.Count(run => run.Passed)} of {outcome.Runs.Count} passed.");
    });

    private static Dictionary<string, double> Thresholds(double? accuracy, IEnumerable<string> others)
    {
        var thresholds = new Dictionary<string, double>();
        if (accuracy is { } share) thresholds[MetricNames.Accuracy] = share;
        foreach (string other in others)
        {
            if (other.Split('=') is not [{ Length: > 0 } metric, var value]
                || !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                throw new DasException(ErrorKind.Usage, $"--min {other}: write a metric and a number, as in --min accuracy=0.5.");
            thresholds[metric] = number;
        }
        return thresholds;
    }

    private static Uri Address(string server) => Uri.TryCreate(server, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address
        : throw new DasException(ErrorKind.Usage, $"'{server}' is no address of a site; write --server https://das.example.org.");
}
