using Das.Cli.Compare;

namespace Das.Cli.Commands;

/// <summary><c>das compare</c>: runs in the form of the paper's tables.</summary>
public static class CompareCommand
{
    public static Verb Create(CliContext context)
    {
        var runs = Inputs.Runs();
        var format = new Option<string>("--format") { Description = string.Join(", ", PrintedComparison.Formats), DefaultValueFactory = _ =>
            PrintedComparison.Text };
        var plot = new Option<string?>("--plot") { Description = "Also draw score against MACs into this .png or .svg file", HelpName = "file" };
        var verb = new Verb("compare", "Compare complete runs: a row a method, a column a benchmark's score; seeds are averaged",
            "das compare 3f2a 9c01 77d0", "das compare 3f2a 9c01 --format latex > table.tex", "das compare 3f2a 9c01 --plot scores.svg") { runs, format, plot };
        verb.SetAction(parsed => RunAsync(context, parsed.GetRequiredValue(runs), parsed.GetRequiredValue(format), parsed.GetValue(plot)));
        return verb;
    }

    private static async Task<int> RunAsync(CliContext context, string[] names, string format, string? plot)
    {
        PrintedComparison.RefuseUnknown(format);
        var image = plot is null ? null : PlotFile.At(plot);
        var runs = new List<EvaluatedRun>();
        foreach (string name in names) runs.Add((await RunSelector.FindAsync(context.Host, name)).Evaluated.WithReport(CliContext.Store));
        var comparison = Comparison.Of(runs);
        image?.Write(comparison);
        context.Terminal.Result(new { comparison.Columns, comparison.Rows, comparison.Notes, plot = image?.Path }, _ =>
        {
            PrintedComparison.Print(context.Terminal, comparison, format);
            if (image is not null) context.Terminal.Note($"Plot: {image.Path}");
        });
        return ExitCodes.Ok;
    }
}
