using System.Net;
using System.Security.Cryptography;

namespace Das.Training.Hub;

/// <summary>One file on its way into the cache: what is there of it is gone on with, and it gets its name when its digest is the hub's.</summary>
internal sealed class HubDownload : IDisposable
{
    /// <summary>So much in one attempt is progress: the next one is not counted as a repetition.</summary>
    private const int Worth = 1 << 20;

    private readonly HubClient client;
    private readonly HubName name;
    private readonly string file, path, incomplete;
    private readonly HubFile expected;
    private readonly Action<long> report;
    private IncrementalHash? hash;
    private long hashed;

    /// <param name="client">The hub.</param>
    /// <param name="name">The repository at a commit.</param>
    /// <param name="file">The file's path in it.</param>
    /// <param name="expected">Its digest and length.</param>
    /// <param name="path">Where it is to lie.</param>
    /// <param name="report">Told how many bytes there are.</param>
    public HubDownload(HubClient client, HubName name, string file, HubFile expected, string path, Action<long> report) =>
        (this.client, this.name, this.file, this.expected, this.path, this.report, incomplete) =
        (client, name, file, expected, path, report, IncompleteOf(path));

    /// <summary>What is there of a file that is not whole.</summary>
    public static string IncompleteOf(string path) => path + ".incomplete";

    public static bool IsDigest(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>One attempt.</summary>
    /// <returns>False where it was cut off behind much that is new: it is to be gone on with.</returns>
    /// <exception cref="HubInterrupted">Worth another attempt.</exception>
    /// <exception cref="DasException">The hub refuses, or what it gives is not what it said.</exception>
    public async Task<bool> AttemptAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using FileStream stream = new(incomplete, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0, useAsync: true);
        if (stream.Length > expected.Length) Restart(stream);
        long from = stream.Length;
        Seen(stream, cancellation);
        if (from < expected.Length || expected.Length == 0)
            try { await FetchAsync(stream, from, cancellation); }
            catch (HubInterrupted) when (stream.Length - from >= Worth) { return false; }
        if (Digest() is var digest && digest != expected.Digest)
        {
            Restart(stream);
            if (from > 0) throw new HubInterrupted($"What was there of {Named} was of another file; it is downloaded from its beginning.");
            throw client.Untrusted(Named, $"gives bytes whose digest is {digest}, and says that it is {expected.Digest}");
        }
        stream.Flush(flushToDisk: true);
        await stream.DisposeAsync();
        File.Move(incomplete, path, overwrite: true);
        return true;
    }

    public void Dispose() => hash?.Dispose();

    private HubName Named => name with { File = file };

    private async Task FetchAsync(FileStream stream, long from, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await client.OpenAsync(name, file, from, cancellation);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Restart(stream);
            throw new HubInterrupted($"The hub has no bytes of {Named} from {from} on; it is downloaded from its beginning.");
        }
        if (answer.StatusCode != HttpStatusCode.PartialContent && from > 0)
        {
            Restart(stream);
            from = 0;
        }
        long whole = answer.StatusCode == HttpStatusCode.PartialContent
            ? answer.Content.Headers.ContentRange is { From: { } begin } range && begin == from ? range.Length ?? expected.Length
                : throw client.Untrusted(Named, $"gives another part of it than bytes {from} and on")
            : answer.Content.Headers.ContentLength ?? expected.Length;
        if (whole != expected.Length) throw client.Untrusted(Named, $"gives {whole} bytes, and says that it has {expected.Length}");
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation);
        byte[] portion = new byte[1 << 20];
        for (int read; (read = await client.ReadAsync(body, portion, cancellation)) > 0;)
        {
            if (stream.Position + read > expected.Length) throw client.Untrusted(Named, $"gives more bytes than the {expected.Length} it says that it has");
            await stream.WriteAsync(portion.AsMemory(0, read), cancellation);
            Hash(portion.AsSpan(0, read));
            report(stream.Position);
        }
        if (stream.Length < expected.Length) throw new HubInterrupted($"{Named} was cut off behind {stream.Length} of {expected.Length} bytes. Try again "
            + "later: it goes on from there.");
    }

    /// <summary>Takes into account what lies there already, and stands behind it.</summary>
    private void Seen(FileStream stream, CancellationToken cancellation)
    {
        if (hashed != stream.Length) Forget();
        byte[] portion = new byte[1 << 20];
        stream.Position = hashed;
        for (int read; hashed < stream.Length && (read = stream.Read(portion)) > 0; cancellation.ThrowIfCancellationRequested()) Hash(portion.AsSpan(0, read));
        stream.Position = stream.Length;
        report(stream.Length);
    }

    private void Restart(FileStream stream)
    {
        stream.SetLength(0);
        stream.Position = 0;
        Forget();
    }

    private void Forget()
    {
        hash?.Dispose();
        (hash, hashed) = (null, 0);
    }

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        (hash ??= New()).AppendData(bytes);
        hashed += bytes.Length;
    }

    private string Digest() => Convert.ToHexStringLower((hash ??= New()).GetCurrentHash());

    /// <summary>SHA-256, or what git names a file by: the SHA-1 of its length and its bytes.</summary>
    private IncrementalHash New()
    {
        IncrementalHash begun = IncrementalHash.CreateHash(expected.Digest.Length == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (expected.Digest.Length == 40)
            begun.AppendData(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {expected.Length}\0")));
        return begun;
    }
}
