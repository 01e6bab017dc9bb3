namespace Das.Foundation;

/// <summary>A file's SHA-256 in a file beside it, <c>NAME.sha256</c>, in the form that <c>sha256sum --check</c> reads.</summary>
public static class FileSeal
{
    public const string Ending = ".sha256";

    private const int Digits = 64;

    public static void Write(string path, string sha256) => AtomicFile.Write(path + Ending, Encoding.UTF8.GetBytes($"{sha256}  {Path.GetFileName(path)}\n"));

    /// <summary>What the file was sealed with, which of a damaged seal is no digest of anything; null where it has no seal.</summary>
    /// <exception cref="IOException">The seal cannot be read.</exception>
    public static string? Read(string path)
    {
        if (!File.Exists(path + Ending)) return null;
        using FileStream seal = File.OpenRead(path + Ending);
        byte[] digest = new byte[Digits];
        return Encoding.Latin1.GetString(digest, 0, seal.ReadAtLeast(digest, Digits, throwOnEndOfStream: false));
    }
}
