namespace Das.Cli.Display;

/// <summary>Finds the run that a person means.</summary>
public static class RunSelector
{
    /// <summary>The run whose id begins with <paramref name="text"/>, or the latest of that name, or for <c>last</c> of all, with its details.</summary>
    /// <exception cref="DasException">None or several fit.</exception>
    public static async Task<RunView> FindAsync(PipelineHost host, string text)
    {
        var runs = await host.ListAsync();
        if (runs.Count == 0) throw new DasException(ErrorKind.Usage, "There are no runs yet. Start one: das demo, or das run vilt/shapes.");
        string beginning = text.Replace("-", "");
        RunView[] fitting = text == "last" ? [runs[0]] : [.. runs.Where(run => run.Name == text).Take(1)];
        if (fitting.Length == 0) fitting = [.. runs.Where(run => run.Id.ToString("N").StartsWith(beginning, StringComparison.OrdinalIgnoreCase))];
        return fitting switch
        {
            [var run] => await host.FindAsync(run.Id) ?? run,
            [] => throw new DasException(ErrorKind.Usage, $"There is no run '{text}'. The latest: {Names(runs)}."),
            _ => throw new DasException(ErrorKind.Usage, $"'{text}' fits {fitting.Length} runs: {Names(fitting)}. Give more of the id."),
        };
    }

    private static string Names(IEnumerable<RunView> runs) =>
        string.Join(", ", runs.Take(5).Select(run => $"{RunDisplay.ShortId(run.Id)} ({run.Name})"));
}
