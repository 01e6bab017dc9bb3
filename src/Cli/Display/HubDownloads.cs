using Das.Training.Hub;

namespace Das.Cli.Display;

/// <summary>Brings models on a hub to this machine and shows how far that is.</summary>
/// <param name="context">Where it is shown.</param>
internal sealed class HubDownloads(CliContext context)
{
    private const string Title = "pull";
    private readonly Dictionary<string, string> named = [];

    /// <summary>Path of this machine → the name, at its commit, that it was brought by.</summary>
    public IReadOnlyDictionary<string, string> Named => named;

    /// <summary>Brings a model, where it is not here.</summary>
    /// <returns>The name at its commit, and the path of the folder or file.</returns>
    /// <exception cref="DasException">The hub refuses, cannot be reached, or gives what it did not say; or the disk has no room.</exception>
    public async Task<(HubName Name, string Path)> PullAsync(HubName name)
    {
        using ModelHub hub = ModelHub.FromEnvironment();
        (HubName exact, string path) = hub.Find(name) is { } here ? (await hub.ExactAsync(name, context.Interrupted), here)
            : await new ProgressDisplay(context.Terminal, TimeProvider.System).ShowAsync(async report =>
            {
                var pulled = await hub.PullAsync(name,
                    (done, total, file) => report(new(Title, RunStatus.Running, done, total, file)), context.Interrupted);
                report(new(Title, RunStatus.Completed, 0, 0, $"{pulled.Name}"));
                return pulled;
            });
        named[path] = $"{exact}";
        return (exact, path);
    }

    /// <summary>The path of a model that is named by its path or by its name on a hub, which is brought first.</summary>
    public async Task<string?> BroughtAsync(string? path) => HubName.Is(path) ? (await PullAsync(HubName.Parse(path!))).Path : path;
}
