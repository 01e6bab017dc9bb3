using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Das.Foundation;

/// <summary>
/// Work kept piece by piece while it is done, in a file that only grows. Every record is sealed by a digest of itself and of all before it, so that
/// a tail which was torn, altered or kept for something else is found when the file is opened, and cut off. It is opened and added to only while
/// <see cref="AtomicFile.Fence"/> allows it.
/// </summary>
public sealed class SealedRecords : IDisposable
{
    private const int LengthBytes = sizeof(int), SealBytes = SHA256.HashSizeInBytes;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(2);
    private readonly FileStream file;
    private readonly List<(long End, byte[] Seal)> records = [];
    private readonly byte[] first;
    private long flushed = Stopwatch.GetTimestamp();

    /// <param name="path">The file; made where there is none.</param>
    /// <param name="subject">All that the records belong to; those kept for another subject are cut off.</param>
    /// <param name="take">Takes every record that was kept whole, in order.</param>
    public SealedRecords(string path, string subject, Action<byte[]> take)
    {
        AtomicFile.RequireRight();
        first = SHA256.HashData(Encoding.UTF8.GetBytes(subject));
        file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            long length = file.Length;
            while (Next(length) is { } record) take(record);
            Cut = length - End;
            CutTo(Count);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How many records there are.</summary>
    public int Count => records.Count;

    /// <summary>Bytes that were found torn or altered, and cut off.</summary>
    public long Cut { get; }

    private long End => records.Count > 0 ? records[^1].End : 0;

    private byte[] Last => records.Count > 0 ? records[^1].Seal : first;

    /// <summary>Keeps a record. It outlives this process at once, and a failure of the machine after a few seconds.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        AtomicFile.RequireRight();
        byte[] whole = new byte[LengthBytes + record.Length + SealBytes];
        BinaryPrimitives.WriteInt32LittleEndian(whole, record.Length);
        record.CopyTo(whole.AsSpan(LengthBytes));
        byte[] seal = Seal(whole.AsSpan(0, LengthBytes + record.Length));
        seal.CopyTo(whole.AsSpan(LengthBytes + record.Length));
        file.Write(whole);
        records.Add((End + whole.Length, seal));
        if (Stopwatch.GetElapsedTime(flushed) < FlushEvery) return;
        file.Flush(flushToDisk: true);
        flushed = Stopwatch.GetTimestamp();
    }

    /// <summary>Cuts off all records behind the first <paramref name="count"/>.</summary>
    public void CutTo(int count)
    {
        records.RemoveRange(count, records.Count - count);
        if (file.Length > End) file.SetLength(End);
        file.Position = End;
    }

    public void Dispose() => file.Dispose();

    /// <summary>The next record; null where nothing whole follows.</summary>
    private byte[]? Next(long length)
    {
        long left = length - End - LengthBytes - SealBytes;
        if (left < 0) return null;
        byte[] head = new byte[LengthBytes];
        file.ReadExactly(head);
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (bytes < 0 || bytes > left) return null;
        byte[] record = new byte[LengthBytes + bytes], seal = new byte[SealBytes];
        head.CopyTo(record, 0);
        file.ReadExactly(record.AsSpan(LengthBytes));
        file.ReadExactly(seal);
        if (!seal.AsSpan().SequenceEqual(Seal(record))) return null;
        records.Add((End + record.Length + SealBytes, seal));
        return record[LengthBytes..];
    }

    private byte[] Seal(ReadOnlySpan<byte> record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Last);
        hash.AppendData(record);
        return hash.GetHashAndReset();
    }
}
