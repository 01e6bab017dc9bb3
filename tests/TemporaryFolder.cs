namespace Das.Tests;

/// <summary>A folder of a test's own that goes with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("das-test-").FullName;

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>What lies in it, in ordinal order.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(Path).Select(e => System.IO.Path.GetFileName(e)).Order(StringComparer.Ordinal);

    /// <returns>The path of the file written.</returns>
    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose()
    {
        try { Directory.Delete(Path, recursive: true); }
        catch (IOException) { /* A process that is still ending holds a file. */ }
    }
}
