namespace Das.Benchmarks.Raw;

/// <summary>What a benchmark's raw files hold.</summary>
/// <param name="Answers">The vocabulary: label → answer; empty where nothing is answered.</param>
/// <param name="Tables">In the order in which they are to be written.</param>
/// <param name="Sources">The raw files, kept open; none for generated pictures.</param>
public sealed record RawDataset(IReadOnlyList<string> Answers, IReadOnlyList<RawTable> Tables, params IReadOnlyList<RawSource> Sources) : IDisposable
{
    /// <summary>In place of the benchmark's splits, where the tables' names depend on the options.</summary>
    public IReadOnlyDictionary<string, string[]>? Splits { get; init; }

    public void Dispose()
    {
        foreach (RawSource source in Sources) source.Dispose();
    }
}

/// <summary>One table to be written.</summary>
/// <param name="Name">Without extension: <c>vqav2_train</c>.</param>
/// <param name="Rows">In the order in which they are to be written; may be generated on the way.</param>
/// <param name="Count">How many.</param>
public sealed record RawTable(string Name, IEnumerable<RawRow> Rows, long Count)
{
    public RawTable(string name, IReadOnlyCollection<RawRow> rows) : this(name, rows, rows.Count) { }

    public string FileName => Name + ".arrow";
}

/// <summary>A row whose pictures are still to be read and verified: one, or the left and the right one of a pair.</summary>
public sealed record RawRow(RowContent Content, params IReadOnlyList<RawImage> Images);

/// <summary>A picture to be read.</summary>
/// <param name="Origin">Its file, as a person finds it.</param>
/// <param name="Read">Gives the encoded picture; may be called from any thread.</param>
public sealed record RawImage(string Origin, Func<byte[]> Read)
{
    /// <summary>A file of the raw files, as it is.</summary>
    public static RawImage In(RawSource source, string file) => new(source.Describe(file), () => source.Read(file));
}
