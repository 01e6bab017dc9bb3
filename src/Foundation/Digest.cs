using System.Security.Cryptography;

namespace Das.Artifacts;

/// <summary>SHA-256 as lower-case hexadecimal, the form every <see cref="Das.Contracts.ArtifactRef"/> carries.</summary>
public static class Digest
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The digest and length of a file that has reached the disk, not only its cache.</summary>
    public static async Task<(string Sha256, long Bytes)> OfFileAsync(string path, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        file.Flush(flushToDisk: true);
        byte[] sha = await SHA256.HashDataAsync(file, cancellation);
        return (Convert.ToHexStringLower(sha), file.Length);
    }
}
