using System.Text.Json;
using System.Text.Json.Nodes;

namespace Das.Artifacts;

/// <summary>Files that are either the old ones or the new ones, never half of one, whatever happens to the process.</summary>
public static class AtomicFile
{
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using (FileStream file = Beside(path))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Writes through <paramref name="write"/> beside <paramref name="path"/>, then takes its place.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using (FileStream file = Beside(path))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Writes indented JSON for people and programs alike.</summary>
    public static void WriteJson(string path, JsonNode json) => Write(path, JsonSerializer.SerializeToUtf8Bytes(json, Indented));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static FileStream Beside(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None);
    }
}
