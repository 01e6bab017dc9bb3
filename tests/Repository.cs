namespace Das.Tests;

/// <summary>Where the checkout lies that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The real datasets that lie beside some checkouts and are never committed.</summary>
    public static string Data => Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Das.Pipeline.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Das.Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
