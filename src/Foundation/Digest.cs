using System.Security.Cryptography;

namespace Das.Foundation;

/// <summary>SHA-256 as lower-case hexadecimal.</summary>
public static class Digest
{
    private const int Portion = 1 << 20;

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Of the text in UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Of a file, which is streamed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string OfFile(string path) => OfFile(path, CancellationToken.None);

    /// <inheritdoc cref="OfFile(string)"/>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    internal static string OfFile(string path, CancellationToken cancellation)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] portion = new byte[(int)Math.Clamp(file.Length, 1, Portion)];
        for (int read; (read = file.Read(portion)) > 0; cancellation.ThrowIfCancellationRequested()) hash.AppendData(portion, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Brings a file from the system's cache to the disk.</summary>
    public static void Flush(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.Flush(flushToDisk: true);
    }
}
