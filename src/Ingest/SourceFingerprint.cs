using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Das.Ingest;

/// <summary>What a source looks like from outside: equal fingerprints mean that the files need not be read again.</summary>
public static class SourceFingerprint
{
    /// <summary>
    /// SHA-256, as lower-case hexadecimal, over every file's relative path, length and time of last change, sorted by path. For a single file:
    /// its name, length and time.
    /// </summary>
    /// <exception cref="DasException">There is no such file or folder.</exception>
    public static string Of(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new DasException(ErrorKind.Data, $"The source '{path}' does not exist.");
        string root = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        IEnumerable<string> files = File.Exists(path) ? [Path.GetFullPath(path)] : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, FileInfo file) in files.Select(f => (Path.GetRelativePath(root, f).Replace('\\', '/'), new FileInfo(f)))
            .OrderBy(f => f.Item1, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
