using System.Globalization;
using System.Net;
using System.Text;
using Das.Admin.Runs;

namespace Das.Admin.Pages;

internal static class RunsPage
{
    private const string Head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="2">
        <title>DAS runs</title>
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fff }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid #d5dae1; vertical-align: top }
        th { font-weight: 600 } code { font-size: .9em } .Failed { color: #a31515 } .Completed { color: #146c2e } .Cancelled { color: #5c5f66 }
        </style>
        </head>
        <body>
        <h1>DAS runs</h1>
        """;

    public static void MapRunsPage(this WebApplication app) =>
        app.MapGet("/", async (RunRegistry runs) => Results.Content(Render(await runs.ListAsync()), "text/html; charset=utf-8"));

    private static string Render(IReadOnlyList<RunView> runs)
    {
        StringBuilder html = new(Head);
        if (runs.Count == 0) return html.Append("<p>No run yet.</p></body></html>").ToString();
        html.Append("<table><thead><tr><th>Run</th><th>Name</th><th>State</th><th>Stages</th><th>Skipped</th><th>Metrics</th><th>Started (UTC)</th></tr></thead><tbody>");
        foreach (RunView run in runs) html.Append(Row(run));
        return html.Append("</tbody></table></body></html>").ToString();
    }

    private static string Row(RunView run) => $"""
        <tr><td><a href="/api/runs/{run.Id:N}"><code>{run.ShortId}</code></a></td><td>{Text(run.Name)}</td><td class="{run.State}">{State(run)}</td>
        <td>{string.Join("<br>", run.Stages.Select(Stage))}</td><td>{(run.SkipModule is { } skip ? $"[{string.Join(", ", skip)}]" : "")}</td>
        <td>{string.Join("<br>", run.Metrics.Select(metric => Text(string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:0.####}"))))}</td>
        <td>{run.Created.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}</td></tr>
        """;

    private static string State(RunView run) => (run.Ended, run) switch
    {
        (true, { Error: { } error }) => $"{run.State}<br>{Text(error)}",
        (false, { CancelRequested: true }) => $"{run.State}, cancelling",
        (false, { Progress: { } progress }) => $"{run.State}<br>{(progress.Total > 0 ? $"{progress.Done}/{progress.Total} " : "")}{Text(progress.Note)}",
        _ => run.State,
    };

    private static string Stage(StageView stage) => $"{Text(stage.Stage)}: {Text(stage.State)}{(stage.Reused ? " (reused)" : "")}";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
