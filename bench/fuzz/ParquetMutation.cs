namespace Das.Fuzz;

/// <summary>Changes of a Parquet file's metadata, of its pages' headers and of the pages, with the offsets that follow from them.</summary>
internal static class ParquetMutation
{
    private const int RowGroups = 4, Columns = 1, About = 3, Packed = 7, FirstPage = 9, FirstDictionary = 11, PackedPage = 3, Tail = 8;

    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    /// <summary>One to three changes.</summary>
    public static byte[] Change(byte[] valid, SplitMix64 random)
    {
        if (random.Below(16) == 0) return Mutation.Anywhere(valid, random);
        int length = BinaryPrimitives.ReadInt32LittleEndian(valid.AsSpan(valid.Length - Tail)), end = valid.Length - Tail - length, at = end;
        ThriftValue footer = ThriftValue.Read(valid, ref at, ThriftValue.Structure);
        List<(ThriftValue About, List<Page> Pages)> chunks = [.. from rows in footer[RowGroups]!.Items from column in rows[Columns]!.Items
            select (column[About]!, Pages(valid, column[About]!))];
        List<Page> pages = [.. chunks.SelectMany(chunk => chunk.Pages)];
        int changes = 1 + random.Below(3);
        List<ThriftValue> inFooter = [];
        for (; changes > 0; changes--)
            switch (pages.Count == 0 ? 0 : random.Below(10))
            {
                case < 3: inFooter.Add(random.Pick(footer.All)); break;
                case < 6: random.Pick(random.Pick(pages).Header.All).Change(random); break;
                case < 9:
                    Page page = random.Pick(pages);
                    int stretch = random.Below(2) == 0 ? Math.Min(16, page.Body.Length) : page.Body.Length; // Levels, widths and lengths stand first.
                    page.Body = Mutation.Bytes(page.Body, random, 0, stretch);
                    if (random.Below(2) == 0 && page.Header[PackedPage] is { } size) size.Number = page.Body.Length;
                    break;
                default:
                    List<Page> some = random.Pick(chunks).Pages;
                    if (some.Count > 0) some.Insert(random.Below(some.Count), random.Pick(pages));
                    break;
            }
        return Written(footer, chunks, inFooter, random);
    }

    private static List<Page> Pages(byte[] file, ThriftValue about)
    {
        long first = about[FirstPage]!.Number;
        if (about[FirstDictionary] is { Number: > 0 } dictionary) first = Math.Min(first, dictionary.Number);
        List<Page> pages = [];
        for (int at = (int)first; at < first + about[Packed]!.Number;)
        {
            ThriftValue header = ThriftValue.Read(file, ref at, ThriftValue.Structure);
            int length = (int)header[PackedPage]!.Number;
            pages.Add(new(header, file[at..(at + length)]));
            at += length;
        }
        return pages;
    }

    private static byte[] Written(ThriftValue footer, List<(ThriftValue About, List<Page> Pages)> chunks, List<ThriftValue> changed, SplitMix64 random)
    {
        List<byte> file = [.. Magic];
        foreach ((ThriftValue about, List<Page> pages) in chunks)
        {
            int begin = file.Count;
            about[FirstPage]!.Number = file.Count;
            foreach ((Page page, int i) in pages.Select((page, i) => (page, i)))
            {
                if (i == 1 && about[FirstDictionary] is { Number: > 0 } dictionary) (dictionary.Number, about[FirstPage]!.Number) = (begin, file.Count);
                page.Header.Write(file);
                file.AddRange(page.Body);
            }
            about[Packed]!.Number = file.Count - begin;
        }
        foreach (ThriftValue value in changed) value.Change(random);
        int footerAt = file.Count;
        footer.Write(file);
        return [.. file, .. BitConverter.GetBytes(file.Count - footerAt), .. Magic];
    }

    private sealed class Page(ThriftValue header, byte[] body)
    {
        public ThriftValue Header => header;
        public byte[] Body { get; set; } = body;
    }
}
