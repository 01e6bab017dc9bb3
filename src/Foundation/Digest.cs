using System.Security.Cryptography;

namespace Das.Foundation;

/// <summary>SHA-256 as lower-case hexadecimal.</summary>
public static class Digest
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Of the text in UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Of a file, which is streamed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The digest and length of a file that has reached the disk, not only its cache.</summary>
    public static async Task<(string Sha256, long Bytes)> OfFlushedFileAsync(string path, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        file.Flush(flushToDisk: true);
        byte[] sha = await SHA256.HashDataAsync(file, cancellation);
        return (Convert.ToHexStringLower(sha), file.Length);
    }
}
