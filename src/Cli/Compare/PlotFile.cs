using ScottPlot;

namespace Das.Cli.Compare;

/// <summary>A picture that a person asked for; its extension says how it is drawn.</summary>
public sealed class PlotFile
{
    public const int Width = 1000, Height = 640;

    private static readonly Dictionary<string, Func<Plot, byte[]>> drawings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = plot => plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png),
        [".svg"] = plot => System.Text.Encoding.UTF8.GetBytes(plot.GetSvgXml(Width, Height)),
    };

    private readonly Func<Plot, byte[]> draw;

    private PlotFile(string path, Func<Plot, byte[]> draw) => (Path, this.draw) = (path, draw);

    public string Path { get; }

    /// <exception cref="DasException">The extension is neither .png nor .svg.</exception>
    public static PlotFile At(string path) => drawings.TryGetValue(System.IO.Path.GetExtension(path), out var draw)
        ? new(path, draw)
        : throw new DasException(ErrorKind.Usage, $"--plot {path}: expected a file whose name ends in {string.Join(" or ", drawings.Keys)}.");

    /// <summary>Draws the whole picture, then puts it in place of the file at <see cref="Path"/>.</summary>
    /// <exception cref="DasException">There is nothing to draw.</exception>
    public void Write(Comparison comparison)
    {
        try
        {
            using Plot plot = ComparisonPlot.Of(comparison);
            AtomicFile.Write(Path, draw(plot));
        }
        catch (DasException nothing) { throw new DasException(ErrorKind.Usage, $"--plot: {nothing.Message}"); }
    }
}
