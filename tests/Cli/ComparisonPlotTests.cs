using Das.Cli.Compare;
using SkiaSharp;
using static Das.Tests.Cli.ComparedRuns;

namespace Das.Tests.Cli;

public sealed class ComparisonPlotTests : FolderTest
{
    private readonly ComparedRuns runs = new();

    public override void Dispose()
    {
        runs.Dispose();
        base.Dispose();
    }

    /// <summary>The demo's three methods at several k.</summary>
    private void AddRuns()
    {
        runs.Add("das", 0, Scored(.605, .016, full: 54.38e6, skipped: 54.38e6));
        foreach (int k in new[] { 1, 2, 4 })
        {
            double macs = 54.38e6 - (6.34e6 * k);
            runs.Add("das", k, Scored(.60 - (.02 * k), .016, full: 54.38e6, skipped: macs));
            runs.Add("random", k, Scored(.605 - (.03 * k), .016, full: 54.38e6, skipped: macs));
        }
    }

    [Fact]
    public async Task A_png_of_the_stated_size_is_drawn_and_not_blank()
    {
        AddRuns();
        string path = folder["new/scores.png"];
        var result = await runs.CompareAsync("--plot", path);
        Assert.Equal((0, $"Plot: {path}"), (result.ExitCode, result.Error.TrimEnd()));
        using var picture = SKBitmap.Decode(path);
        Assert.Equal((PlotFile.Width, PlotFile.Height), (picture.Width, picture.Height));
        Assert.True(picture.Pixels.Distinct().Count() > 100);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task An_svg_is_well_formed_and_names_axes_series_and_points()
    {
        AddRuns();
        string path = folder["scores.SVG"];
        await runs.CompareAsync("--plot", path);
        var svg = XDocument.Load(path).Root!;
        Assert.Equal(("svg", PlotFile.Width.ToString(), PlotFile.Height.ToString()),
            (svg.Name.LocalName, (string?)svg.Attribute("width"), (string?)svg.Attribute("height")));
        string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value.Trim())];
        Assert.All(["MACs of one sample (G)", "VQA (%)", "full adapters", "DAS", "random", "k = 0", "k = 4"], text => Assert.Contains(text, texts));
    }

    [Fact]
    public async Task With_json_the_picture_is_drawn_too_and_named()
    {
        AddRuns();
        string path = folder["scores.png"];
        Assert.Equal(path, (string?)(await runs.CompareAsync("--plot", path, "--json")).Json["plot"]);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Without_anything_to_draw_there_is_no_file_but_a_sentence()
    {
        string path = folder["scores.png"];
        var result = await runs.Add("das", 2, [new(MetricNames.Accuracy, .5)]).CompareAsync("--plot", path);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("--plot: No method has its MACs and a score in every column", result.Error);
        Assert.Empty(folder.Names);
    }
}
