using System.Security.Cryptography;
using System.Text;

namespace Das.Models.Checkpoints;

/// <summary>
/// A SHA-256 of a safetensors file in its own metadata: of all its bytes, names, types, shapes and data, with zeros where the digest stands. The file
/// stays one that every reader reads.
/// </summary>
public static class SafetensorsSeal
{
    private const string Key = "das.sha256";
    private const int Digits = 64;
    private static readonly byte[] mark = Encoding.UTF8.GetBytes($"\"{Key}\":\"");
    private static readonly byte[] zeros = Encoding.UTF8.GetBytes(new string('0', Digits));

    /// <exception cref="DasException">The file has no digest, or another one than its bytes: it is damaged.</exception>
    public static void Check(string path)
    {
        try
        {
            using BoundedFile file = BoundedFile.Open(path);
            byte[] header = file.Bytes(0, Math.Min(file.Length, 8));
            long length = header.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(header);
            if (length is < 0 or > SafetensorsFile.LongestHeader || length > file.Length - 8) throw Damaged(path);
            header = file.Bytes(0, 8 + length);
            int at = Place(header);
            if (at < 0 || at > header.Length - Digits) throw Damaged(path);
            byte[] stated = header[at..(at + Digits)];
            zeros.CopyTo(header, at);
            using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            digest.AppendData(header);
            using Stream data = file.Part(header.Length, file.Length - header.Length);
            byte[] chunk = new byte[1 << 20];
            for (int read; (read = data.Read(chunk)) > 0;) digest.AppendData(chunk.AsSpan(0, read));
            if (!Hex(digest).AsSpan().SequenceEqual(stated)) throw Damaged(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Checkpoint, $"'{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>The metadata with room for the digest.</summary>
    internal static IReadOnlyDictionary<string, string> Unsigned(IReadOnlyDictionary<string, string> metadata) =>
        new Dictionary<string, string>(metadata) { [Key] = new('0', Digits) };

    /// <summary>Puts the digest in its place.</summary>
    internal static void Sign(Stream stream, byte[] header, IncrementalHash digest)
    {
        stream.Position = Place(header);
        stream.Write(Hex(digest));
    }

    /// <summary>No name or value can hold the mark, as its quotation marks would be escaped there.</summary>
    private static int Place(ReadOnlySpan<byte> header) => header.IndexOf(mark) is >= 0 and var at ? at + mark.Length : -1;

    private static byte[] Hex(IncrementalHash digest) => Encoding.UTF8.GetBytes(Convert.ToHexStringLower(digest.GetHashAndReset()));

    private static DasException Damaged(string path) =>
        new(ErrorKind.Checkpoint, $"'{path}' is damaged: its bytes are not those of the digest that was written with them.");
}
