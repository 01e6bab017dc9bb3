using System.Security.Cryptography;
using System.Text.Encodings.Web;

namespace Das.Models.Checkpoints;

/// <summary>Writes safetensors files whose bytes are a function of the tensors and the metadata alone.</summary>
public static class SafetensorsWriter
{
    /// <summary>Data start on this boundary, so that a reader may use them in place.</summary>
    private const int Alignment = 8;

    private const int ChunkBytes = 16 << 20;

    /// <summary>
    /// Writes the tensors beside <paramref name="path"/>, flushes them to the disk and renames: the file is either whole or
    /// not there. One tensor at a time is brought to the CPU; the header is sorted by name, the data by element size and
    /// name (readers of other libraries need every tensor aligned to its own element).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name.</param>
    /// <param name="metadata">Texts by name.</param>
    /// <param name="seal">Adds a digest of the whole file to the metadata: <see cref="SafetensorsSeal"/>.</param>
    /// <exception cref="DasException">Two tensors share a name, an element type is not part of the format, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata, bool seal = false)
    {
        Entry[] entries = Arrange(path, tensors);
        byte[] header = Header(entries, seal ? SafetensorsSeal.Unsigned(metadata) : metadata);
        long size = header.Length + (entries.Length == 0 ? 0 : entries[^1].End);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                using IncrementalHash? digest = seal ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
                digest?.AppendData(header);
                stream.Write(header);
                foreach (Entry entry in entries) WriteData(stream, entry, digest);
                if (digest is not null) SafetensorsSeal.Sign(stream, header, digest);
            }, size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !Faults.IsDiskFull(e))
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' could not be written ({e.Message}): make room or choose another folder; nothing was left behind.", e);
        }
    }

    private static Entry[] Arrange(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        Dictionary<string, Entry> byName = [];
        foreach ((string name, Tensor tensor) in tensors)
        {
            StoredType type = StoredType.Of(tensor.dtype)
                ?? throw new DasException(ErrorKind.Checkpoint,
                    $"'{path}' cannot hold '{name}': its dtype {tensor.dtype} is not one of {StoredType.Known}; convert it "
                    + "first.");
            if (name == "__metadata__" || !byName.TryAdd(name, new(name, tensor, type, tensor.numel() * type.Bytes)))
                throw new DasException(ErrorKind.Checkpoint, $"'{path}' cannot hold '{name}' "
                    + $"{(name == "__metadata__" ? "because the format reserves that name" : "twice")}: give every tensor a name of its own.");
        }

        Entry[] entries = [.. byName.Values.OrderByDescending(e => e.Type.Bytes).ThenBy(e => e.Name, StringComparer.Ordinal)];
        long offset = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = entries[i] with { Begin = offset };
            offset = checked(offset + entries[i].Bytes);
        }
        return entries;
    }

    private static byte[] Header(Entry[] entries, IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream stream = new();
        stream.Write(stackalloc byte[8]);
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (Entry entry in entries.OrderBy(e => e.Name, StringComparer.Ordinal)) entry.Describe(json);
            json.WriteEndObject();
        }
        while (stream.Length % Alignment != 0) stream.WriteByte((byte)' ');
        byte[] header = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static unsafe void WriteData(Stream stream, Entry entry, IncrementalHash? digest)
    {
        if (entry.Bytes == 0) return;
        using DisposeScope scope = NewDisposeScope();
        Tensor contiguous = entry.Tensor.detach().cpu().contiguous();
        byte* start = TensorMemory.Pointer(contiguous);
        for (long done = 0; done < entry.Bytes; done += ChunkBytes)
        {
            ReadOnlySpan<byte> chunk = new(start + done, (int)Math.Min(ChunkBytes, entry.Bytes - done));
            digest?.AppendData(chunk);
            stream.Write(chunk);
        }
    }

    private sealed record Entry(string Name, Tensor Tensor, StoredType Type, long Bytes)
    {
        public long Begin { get; init; }

        public long End => Begin + Bytes;

        public void Describe(Utf8JsonWriter json)
        {
            json.WriteStartObject(Name);
            json.WriteString("dtype", Type.Safetensors);
            json.WriteStartArray("shape");
            foreach (long size in Tensor.shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(Begin);
            json.WriteNumberValue(End);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
