namespace Das.Benchmarks.Raw;

/// <summary>A text file of any length, of which one item at a time is in memory, with the place at which it is being read.</summary>
internal sealed class RawWindow : IDisposable
{
    /// <summary>No published item has a hundredth of it; without a bound a damaged file would be read into memory whole.</summary>
    private const int LongestItem = 64 << 20;

    private readonly Stream text;
    private byte[] buffer = new byte[1 << 16];
    private int from, to;
    private bool ended;

    public RawWindow(RawSource raw, string file)
    {
        File = raw.Describe(file);
        Stream bytes = raw.Open(file);
        try
        {
            text = Utf8Text.Open(bytes, File, ErrorKind.Data);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>What errors call the file.</summary>
    public string File { get; }

    /// <summary>Where the first byte of <see cref="Held"/> stands.</summary>
    public Place Place { get; private set; } = new(1, 1);

    /// <summary>What has been read and not yet consumed, in UTF-8 that has not been checked.</summary>
    public ReadOnlySpan<byte> Held => buffer.AsSpan(from, to - from);

    /// <summary>The first bytes of <see cref="Held"/>, until more is read.</summary>
    public ReadOnlyMemory<byte> Memory(int count) => buffer.AsMemory(from, count);

    /// <summary>Reads more behind what is held.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="DasException">More than 64 MiB are held: no item is that long.</exception>
    public bool More()
    {
        if (ended) return false;
        if (from > 0)
        {
            Held.CopyTo(buffer);
            (from, to) = (0, to - from);
        }
        if (to == LongestItem) throw Broken(Place, $"more than {LongestItem >> 20} MiB follow as one item; is the file whole, and of this form?");
        if (to == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, LongestItem));
        int read = text.Read(buffer, to, buffer.Length - to);
        to += read;
        ended = read == 0;
        return !ended;
    }

    /// <summary>Goes on behind the first <paramref name="count"/> bytes of <see cref="Held"/>.</summary>
    public void Consume(int count)
    {
        Place = Place.After(Held[..count]);
        from += count;
    }

    /// <summary>Goes on to what is no white space.</summary>
    /// <returns>What stands there; null at the end of the file.</returns>
    public byte? Next()
    {
        do
        {
            int found = Held.IndexOfAnyExcept(" \t\r\n"u8);
            Consume(found < 0 ? Held.Length : found);
            if (found >= 0) return Held[0];
        }
        while (More());
        return null;
    }

    /// <summary>The item in the first <paramref name="count"/> bytes of <see cref="Held"/>.</summary>
    /// <param name="count">Its bytes.</param>
    /// <param name="where">Gives what errors call it.</param>
    /// <param name="unusable">Gets it where it is no text or no JSON.</param>
    /// <returns>Null where it is none.</returns>
    public RawItem? Item(int count, string where, List<BadInput> unusable)
    {
        (JsonElement? value, int at, string reason) = JsonText.Parse(Memory(count));
        if (value is { } read) return new(where, read);
        unusable.Add(new(where, $"At {Place.After(Held[..at])}, {reason}"));
        return null;
    }

    /// <summary>What is wrong with the file as a whole, so that no item can be left out instead.</summary>
    public DasException Broken(Place at, string problem) => new(ErrorKind.Data, $"{File}:{at}: {problem}");

    public void Dispose() => text.Dispose();
}
