namespace Das.Tests;

/// <summary>A folder of a test's own that goes with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly Lazy<string> path = new(() => Directory.CreateTempSubdirectory("das-test-").FullName);

    /// <summary>It is made when it is asked for, by whichever thread is first.</summary>
    public string Path => path.Value;

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>What lies in it, in ordinal order.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(Path).Select(e => System.IO.Path.GetFileName(e)).Order(StringComparer.Ordinal);

    /// <summary>Writes a file, and the folders that lead to it.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <inheritdoc cref="Write(string, byte[])"/>
    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, byte[])"/>
    public string Write(string name, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsWriter.Write(this[name], tensors, metadata ?? new Dictionary<string, string>());
        return this[name];
    }

    public void Dispose()
    {
        if (!path.IsValueCreated) return;
        try { Directory.Delete(Path, recursive: true); }
        catch (IOException) { /* A process that is still ending holds a file. */ }
    }
}
