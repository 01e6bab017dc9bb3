using Das.Reports.Datasets;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Das.Site.Pages.Data;

/// <summary>The page about a dataset as one file that needs nothing from anywhere else.</summary>
public static class DatasetPage
{
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="summary">What the page shows.</param>
    /// <returns>HTML.</returns>
    public static async Task<string> RenderAsync(string recipe, DatasetSummary summary)
    {
        await using HtmlRenderer renderer = new(new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance);
        ParameterView parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(DatasetReport.Recipe)] = recipe, [nameof(DatasetReport.Summary)] = summary,
        });
        return await renderer.Dispatcher.InvokeAsync(async () =>
            "<!DOCTYPE html>\n" + (await renderer.RenderComponentAsync<DatasetReport>(parameters)).ToHtmlString() + "\n");
    }
}
