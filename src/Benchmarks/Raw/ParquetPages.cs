using System.Buffers.Binary;
using Parquet.Meta;
using Encoding = Parquet.Meta.Encoding;

namespace Das.Benchmarks.Raw;

/// <summary>
/// Walks the headers of a column's pages before the library reads them: it would take what memory they claim, write truth values over texts where a page
/// says RLE, and go on reading behind the last page where values are missing.
/// </summary>
internal static class ParquetPages
{
    /// <summary>Pages are a megabyte by default; what packs better than Deflate can is constant and small.</summary>
    private const long AlwaysAllowed = 1 << 24, MostExpansion = 1100;

    private const uint ZstandardMagic = 0xfd2fb528;

    /// <summary>Of a page's header: what is read first, and many times more where that is not all.</summary>
    private const int HeaderBytes = 1 << 10, LongerBytes = 1 << 24;

    /// <summary>Lets a column's pages be read.</summary>
    /// <param name="file">The file, which is left anywhere.</param>
    /// <param name="about">The column in a group of rows.</param>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    /// <exception cref="NotSupportedException">They are in a form that the library does not read.</exception>
    public static void Let(ParquetStream file, ColumnMetaData about)
    {
        file.End = file.Length;
        if (about.Codec == CompressionCodec.LZ4) throw new NotSupportedException("it is packed by LZ4 as Hadoop does, not LZ4_RAW");
        long at = ((long?[])[about.DictionaryPageOffset, about.DataPageOffset, about.IndexPageOffset]).Where(offset => offset is not (null or 0)).Min() ?? 0;
        for (long left = about.NumValues; left > 0;)
        {
            if (at < 0 || at >= file.Length) throw Broken();
            (ParquetFooter.Numbers header, int length) = Header(file, at);
            at += length;
            long packed = header["PageHeader", 3], whole = header["PageHeader", 2];
            if (packed < 0 || packed > file.Length - at || whole < 0) throw Broken();
            left -= Values(header, left, whole);
            if (Math.Max(whole, Stated(file, at, packed, header, about.Codec)) > AlwaysAllowed + (MostExpansion * packed)) throw Broken();
            if (about.Codec == CompressionCodec.UNCOMPRESSED && whole != packed) throw Broken();
            at += packed;
        }
        file.End = at;
    }

    private static (ParquetFooter.Numbers Header, int Length) Header(Stream file, long at)
    {
        foreach (int most in (int[])[HeaderBytes, LongerBytes])
        {
            byte[] head = new byte[Math.Min(most, file.Length - at)];
            file.Seek(at, SeekOrigin.Begin);
            file.ReadExactly(head);
            if (ParquetFooter.PageHeader(head) is var (numbers, length)) return (numbers, length);
            if (head.Length < most) break;
        }
        throw Broken();
    }

    /// <summary>The values of a page, which a dictionary has none of.</summary>
    private static long Values(ParquetFooter.Numbers header, long left, long bytes)
    {
        (string data, int encodingField) = (PageType)header["PageHeader", 1] switch
        {
            PageType.DATA_PAGE => ("DataPage", 2),
            PageType.DATA_PAGE_V2 => ("DataPageV2", 4),
            PageType.DICTIONARY_PAGE => ("DictionaryPage", 2),
            _ => throw new NotSupportedException("it has pages of an unknown type"),
        };
        (long values, long encoding) = (header[data, 1], header[data, encodingField]);
        if (encoding is not ((long)Encoding.PLAIN or (long)Encoding.PLAIN_DICTIONARY or (long)Encoding.RLE_DICTIONARY or (long)Encoding.DELTA_BINARY_PACKED
            or (long)Encoding.DELTA_LENGTH_BYTE_ARRAY or (long)Encoding.DELTA_BYTE_ARRAY or (long)Encoding.BYTE_STREAM_SPLIT))
            throw new NotSupportedException($"its values are encoded as {(Encoding)encoding}");
        bool dictionary = data == "DictionaryPage";
        if (values < 0 || values > (dictionary ? bytes : left)) throw Broken();
        return dictionary ? 0 : values;
    }

    /// <summary>The number of bytes that packed bytes state themselves and for which memory is taken at once: of Snappy
    /// (https://github.com/google/snappy/blob/main/format_description.txt) and Zstandard (RFC 8878, 3.1.1.1). 0 where they state none.</summary>
    private static long Stated(Stream file, long at, long packed, ParquetFooter.Numbers header, CompressionCodec codec)
    {
        bool second = header.Has("PageHeader", 1, (long)PageType.DATA_PAGE_V2);
        if (second && header.Has("DataPageV2", 7, 0)) return 0; // It says that it is not packed.
        long levels = second ? header["DataPageV2", 5] + header["DataPageV2", 6] : 0;
        if (levels < 0 || levels > packed) throw Broken();
        Span<byte> head = stackalloc byte[18];
        head.Clear();
        file.Seek(at + levels, SeekOrigin.Begin);
        file.ReadAtLeast(head[..(int)Math.Min(head.Length, packed - levels)], 1, throwOnEndOfStream: false);
        return codec switch
        {
            CompressionCodec.SNAPPY => Snappy(head),
            CompressionCodec.ZSTD when BinaryPrimitives.ReadUInt32LittleEndian(head) == ZstandardMagic => Zstandard(head),
            _ => 0,
        };
    }

    private static long Snappy(ReadOnlySpan<byte> head)
    {
        long stated = 0;
        for (int i = 0; i < 5; i++)
        {
            stated |= (long)(head[i] & 0x7f) << (7 * i);
            if (head[i] < 0x80) break;
        }
        return stated;
    }

    private static long Zstandard(ReadOnlySpan<byte> head)
    {
        int described = head[4];
        bool single = (described & 0x20) != 0;
        ReadOnlySpan<byte> size = head[(5 + (single ? 0 : 1) + ((described & 3) switch { 3 => 4, var bytes => bytes }))..];
        return (described >> 6) switch
        {
            0 => single ? size[0] : 0,
            1 => BinaryPrimitives.ReadUInt16LittleEndian(size) + 256,
            2 => BinaryPrimitives.ReadUInt32LittleEndian(size),
            _ => BinaryPrimitives.ReadInt64LittleEndian(size) is >= 0 and var large ? large : long.MaxValue,
        };
    }

    private static InvalidDataException Broken() => new("its pages are cut off or damaged");
}
