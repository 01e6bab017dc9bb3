using System.Collections.Concurrent;

namespace Das.Benchmarks.Raw;

/// <summary>Tells which names below a folder still lie below it once links are followed. Safe to use from many threads.</summary>
internal sealed class LinkedFolder(string path)
{
    /// <summary>Links that one name may lead through, as in Linux.</summary>
    private const int MostLinks = 40;

    private readonly string root = Real(Path.GetFullPath(path)) ?? Path.GetFullPath(path);
    private readonly ConcurrentDictionary<string, string?> folders = new(StringComparer.Ordinal);

    /// <param name="file">Relative to the folder, with forward slashes; it need not exist.</param>
    public bool Holds(string file)
    {
        string whole = Path.GetFullPath(Path.Combine(root, file));
        string? folder = folders.GetOrAdd(Path.GetDirectoryName(whole) ?? root, Real);
        int links = 0;
        return folder is not null && Followed(Path.Combine(folder, Path.GetFileName(whole)), ref links) is { } real
            && (real == root || real.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <summary>An absolute path without links; null where they lead in circles.</summary>
    private static string? Real(string path)
    {
        int links = 0;
        return Real(path, ref links);
    }

    private static string? Real(string path, ref int links)
    {
        string real = Path.GetPathRoot(path)!;
        foreach (string part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            if (Followed(Path.Combine(real, part), ref links) is not { } next) return null;
            real = next;
        }
        return real;
    }

    /// <summary>What a last link leads to; the folder it lies in has none.</summary>
    private static string? Followed(string path, ref int links)
    {
        if (new FileInfo(path).LinkTarget is not { } target) return path;
        return ++links > MostLinks ? null : Real(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target)), ref links);
    }
}
