namespace Das.Cli.Suites;

/// <summary>Several runs that belong together, and what each must reach.</summary>
public sealed record Suite
{
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public required SuiteRun[] Runs { get; init; }

    /// <summary>Reads a suite's file.</summary>
    /// <exception cref="DasException">It cannot be read or used; the message says where and why.</exception>
    public static Suite Load(string path)
    {
        return StrictJson.Read<Suite>(Utf8Text.OfFile(path, ErrorKind.Recipe), path, [], suite => suite.Flaws());
    }

    private IEnumerable<Flaw> Flaws()
    {
        if (Runs.Length == 0) yield return new("runs", "is empty: a suite has at least one run");
        foreach (var (i, run) in Runs.Index())
        {
            if (run.Recipe.Length == 0) yield return new($"runs[{i}].recipe", "must be the name of a recipe");
            if (Runs.Take(i).Any(before => before.Title == run.Title)) yield return new($"runs[{i}]", $"is the second called '{run.Title}'; give it a name");
        }
    }
}

/// <summary>One run of a suite.</summary>
public sealed record SuiteRun
{
    /// <summary>A name from <c>das recipes</c>, as the server knows it.</summary>
    public required string Recipe { get; init; }

    /// <summary>Values put over the recipe's: <c>search.skip=2</c>.</summary>
    public string[] Sets { get; init; } = [];

    /// <summary>What reports call it; the recipe's name by default.</summary>
    public string? Name { get; init; }

    /// <summary>Metric → the least value that passes.</summary>
    public Dictionary<string, double> Thresholds { get; init; } = [];

    internal string Title => Name ?? Recipe;
}
