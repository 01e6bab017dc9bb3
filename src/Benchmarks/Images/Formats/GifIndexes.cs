namespace Das.Benchmarks.Images.Formats;

/// <summary>The colour indexes of a GIF's picture, one after the other: its LZW codes of up to 12 bits, which lie in blocks of up to 255 bytes.</summary>
/// <param name="blocks">From the first block's length on. A block that the file does not hold whole ends them.</param>
/// <param name="codeBits">Bits of an index.</param>
/// <param name="skipped">Indexes passed over first.</param>
internal sealed class GifIndexes(ReadOnlyMemory<byte> blocks, int codeBits, long skipped)
{
    private const int MostCodes = 4096;

    private readonly short[] prefix = new short[MostCodes];
    private readonly byte[] suffix = new byte[MostCodes], waiting = new byte[MostCodes + 1];
    private readonly int clear = 1 << codeBits;
    private int at, blockEnd, buffer, buffered, count, bits, next = -1, last = -1, first;

    /// <summary>It ended for a code that says nothing, not for want of data.</summary>
    public bool Broken { get; private set; }

    /// <summary>Fills <paramref name="into"/>; false where the data ends before.</summary>
    public bool Read(Span<byte> into)
    {
        if (next < 0) Clear();
        while (skipped > 0)
        {
            if (count == 0 && !Decode()) return false;
            int passed = (int)Math.Min(count, skipped);
            (count, skipped) = (count - passed, skipped - passed);
        }
        for (int done = 0; done < into.Length;)
        {
            if (count == 0 && !Decode()) return false;
            while (count > 0 && done < into.Length) into[done++] = waiting[--count];
        }
        return true;
    }

    private void Clear() => (bits, next, last) = (codeBits + 1, clear + 2, -1);

    /// <summary>Puts the indexes of the next code in <see cref="waiting"/>, the last one first.</summary>
    private bool Decode()
    {
        while (true)
        {
            int code = Code();
            if (code < 0 || code == clear + 1) return false;
            if (code == clear)
            {
                Clear();
                continue;
            }
            if (last < 0 ? code >= clear : code > next || (code == next && next == MostCodes))
            {
                Broken = true;
                return false;
            }
            int from = code;
            if (last >= 0 && code == next)
            {
                waiting[count++] = (byte)first;
                from = last;
            }
            for (; from > clear; from = prefix[from]) waiting[count++] = suffix[from];
            waiting[count++] = (byte)(first = from);
            if (last >= 0 && next < MostCodes)
            {
                (prefix[next], suffix[next]) = ((short)last, (byte)first);
                if (++next == 1 << bits && bits < 12) bits++;
            }
            last = code;
            return true;
        }
    }

    private int Code()
    {
        ReadOnlySpan<byte> file = blocks.Span;
        for (; buffered < bits; buffered += 8)
        {
            if (at == blockEnd)
            {
                if (at >= file.Length || file[at] == 0 || file[at] >= file.Length - at) return -1;
                blockEnd = at + 1 + file[at];
                at++;
            }
            buffer |= file[at++] << buffered;
        }
        int code = buffer & ((1 << bits) - 1);
        (buffer, buffered) = (buffer >> bits, buffered - bits);
        return code;
    }
}
