namespace Das.Tests;

/// <summary>Where the checkout lies that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A file or folder of the checkout.</summary>
    /// <param name="path">With <c>/</c>, relative to <see cref="Root"/>.</param>
    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>The real datasets that lie beside some checkouts and are never committed.</summary>
    public static string Data => Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    /// <summary>A file or folder of <see cref="Data"/>; skips the test where there is none.</summary>
    public static string DataOf(params string[] names)
    {
        string path = Path.Combine([Data, .. names]);
        Assert.SkipUnless(Path.Exists(path), $"{path} is not there.");
        return path;
    }

    /// <summary>The files of a folder, at any depth, without what builds put there; in ordinal order.</summary>
    /// <param name="folder">Relative to <see cref="Root"/>.</param>
    /// <param name="patterns">Their names: <c>*.cs</c>.</param>
    public static IEnumerable<string> Files(string folder, params string[] patterns) => patterns
        .SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories))
        .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Das.Pipeline.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Das.Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
