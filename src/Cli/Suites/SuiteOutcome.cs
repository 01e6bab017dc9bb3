using System.Xml.Linq;

namespace Das.Cli.Suites;

/// <summary>A metric's least value and what it came to; none where the run has no such metric.</summary>
public sealed record SuiteCheck(string Metric, double Least, double? Value)
{
    public bool Passed => Value >= Least;

    internal string Sentence => Value is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{Metric} is {value:0.####}, {(Passed ? "at least" : "less than")} {Least:0.####}")
        : $"it has no metric '{Metric}'";
}

/// <summary>How one run of a suite ended.</summary>
/// <param name="Name">What the suite calls it.</param>
/// <param name="Run">The run as the server tells it.</param>
/// <param name="Checks">Its thresholds.</param>
/// <param name="Report">The file that its report.json was written to; none without one.</param>
public sealed record SuiteRunOutcome(string Name, View Run, IReadOnlyList<SuiteCheck> Checks, string? Report)
{
    public bool Passed => Run.Succeeded && Checks.All(check => check.Passed);

    /// <summary>Why it did not pass; empty if it did.</summary>
    public string Why => !Run.Succeeded ? Run.Error ?? $"The run is {Run.Standing}."
        : string.Join("; ", Checks.Where(check => !check.Passed).Select(check => check.Sentence));

    internal TimeSpan Took => (Run.Finished ?? Run.Updated) - Run.Created;
}

/// <summary>How a suite ended.</summary>
public sealed record SuiteOutcome(string Suite, IReadOnlyList<SuiteRunOutcome> Runs)
{
    private static readonly string[] columns = ["run", "id", "result", "took", "skipped", "score", "why"];

    /// <summary>A run that failed weighs more than one that scored too little.</summary>
    public int ExitCode => Runs.All(run => run.Passed) ? ExitCodes.Ok
        : Runs.Any(run => run.Run.State == RunStatus.Cancelled) ? ExitCodes.Cancelled
        : Runs.Any(run => !run.Run.Succeeded) ? ExitCodes.Failed
        : ExitCodes.BelowThreshold;

    internal TextTable Table => new(columns,
    [
        .. Runs.Select(run => new[]
        {
            run.Name, run.Run.ShortId, run.Passed ? "passed" : run.Run.Succeeded ? "below" : run.Run.State.ToString().ToLowerInvariant(),
            run.Took.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture), RunDisplay.Layers(run.Run.SkipModule), RunDisplay.Score(run.Run.Metrics), run.Why,
        }),
    ], Words: columns.Length);

    /// <summary>What <c>--json</c> prints.</summary>
    internal object Machine => new
    {
        suite = Suite,
        passed = Runs.All(run => run.Passed),
        runs = Runs.Select(run => new { run.Name, run.Run.Id, State = run.Run.State.ToString(), run.Passed,
            run.Run.Error, run.Run.SkipModule, Metrics = run.Run.Flat, run.Checks,
            run.Report }),
    };

    /// <summary>As CI systems read test results: a test case for each run.</summary>
    internal XDocument JUnit => new(new XElement("testsuites", new XElement("testsuite",
        new XAttribute("name", Suite), new XAttribute("tests", Runs.Count),
        new XAttribute("failures", Runs.Count(run => run.Run.Succeeded && !run.Passed)), new XAttribute("errors", Runs.Count(run => !run.Run.Succeeded)),
        Runs.Select(run => new XElement("testcase",
            new XAttribute("name", run.Name), new XAttribute("classname", Suite),
                new XAttribute("time", run.Took.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)),
            run.Passed ? null : new XElement(run.Run.Succeeded ? "failure" : "error", new XAttribute("message", run.Why)))))));
}
