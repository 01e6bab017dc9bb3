namespace Das.Benchmarks.Arrow;

/// <summary>
/// The samples of one split: the rows of one or more published tables one after the other, each row's samples in order. Safe to read from many
/// threads.
/// </summary>
public abstract class SampleTable : IDisposable
{
    private readonly List<ArrowTableFile> files = [];
    private readonly List<StoredRow> rows = [];
    private readonly IReadOnlyList<string> pictures;

    /// <summary>The first sample of each row, and the total at the end.</summary>
    private readonly List<int> firsts = [0];

    /// <param name="paths">The tables, in order.</param>
    /// <param name="needed">Columns that every table must have.</param>
    /// <param name="pictures">Those of them that hold a row's pictures.</param>
    /// <param name="samples">How many samples a row makes.</param>
    /// <exception cref="DasException">A file is damaged, is cut off, or lacks a column; the message says which.</exception>
    private protected SampleTable(IReadOnlyList<string> paths, IReadOnlyList<string> needed, IReadOnlyList<string> pictures, Func<StoredRow, long> samples)
    {
        this.pictures = pictures;
        try
        {
            foreach (string path in paths) Add(path, needed, samples);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many samples there are.</summary>
    public int Count => firsts[^1];

    /// <summary>How many rows there are: pictures, or pairs of them.</summary>
    public int Rows => rows.Count;

    /// <summary>How many pictures there is room for: one a row, or the left and the right one of each pair.</summary>
    public int Pictures => rows.Count * pictures.Count;

    /// <summary>The sample's pictures, left before right, encoded; none where its text stands alone. Valid while the table is open.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PicturesOf(int index) =>
        [.. pictures.Select(rows[RowOf(index)].Bytes).Where(picture => !picture.IsEmpty)];

    /// <summary>The sample's row: equal for samples about the same pictures.</summary>
    public int RowOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        int found = firsts.BinarySearch(index);
        if (found < 0) return ~found - 1;
        while (firsts[found + 1] == index) found++; // Rows without samples hold none.
        return found;
    }

    /// <summary>A row's picture, left before right, encoded; empty where a text stands alone. Valid while the table is open.</summary>
    /// <param name="number">Of <see cref="Pictures"/>: row after row.</param>
    public ReadOnlyMemory<byte> Picture(int number) => rows[number / pictures.Count].Bytes(pictures[number % pictures.Count]);

    public void Dispose()
    {
        files.ForEach(f => f.Dispose());
        GC.SuppressFinalize(this);
    }

    /// <summary>Where a sample lies: its row, and which of the row's it is.</summary>
    private protected (StoredRow Row, int Ordinal) Find(int index)
    {
        int row = RowOf(index);
        return (rows[row], index - firsts[row]);
    }

    private protected StoredRow Row(int row) => rows[row];

    private void Add(string path, IReadOnlyList<string> needed, Func<StoredRow, long> samples)
    {
        ArrowTableFile file = new(path);
        files.Add(file);
        foreach ((long count, IReadOnlyDictionary<string, StoredColumn> columns) in file.Batches)
        {
            if (needed.Where(n => !columns.ContainsKey(n)).ToArray() is { Length: > 0 } missing)
                throw new DasException(ErrorKind.Data, $"{path} lacks the column{(missing.Length == 1 ? "" : "s")} {string.Join(", ", missing)}; it has "
                    + $"{string.Join(", ", columns.Keys)}.");
            if (needed.FirstOrDefault(n => !columns[n].IsReadable) is { } unlike && count > 0) throw new DasException(ErrorKind.Data,
                $"{path}: column '{unlike}' holds neither texts nor lists nor numbers that are read here; make the table again.");
            for (long at = 0; at < count; at++)
            {
                StoredRow row = new(columns, at);
                long made = samples(row);
                if (made > int.MaxValue - firsts[^1]) throw new DasException(ErrorKind.Data, $"{path}: there are more than {int.MaxValue} samples.");
                rows.Add(row);
                firsts.Add(firsts[^1] + (int)made);
            }
        }
    }
}

/// <inheritdoc/>
/// <typeparam name="TSample">What a sample holds.</typeparam>
public abstract class SampleTable<TSample> : SampleTable
{
    private protected SampleTable(IReadOnlyList<string> paths, IReadOnlyList<string> needed, IReadOnlyList<string> pictures, Func<StoredRow, long> samples)
        : base(paths, needed, pictures, samples)
    {
    }

    /// <summary>All samples in order, read as they are asked for.</summary>
    public IEnumerable<TSample> Samples => Enumerable.Range(0, Count).Select(i => this[i]);

    /// <summary>Sample number <paramref name="index"/>, its pictures still encoded.</summary>
    public TSample this[int index]
    {
        get
        {
            (StoredRow row, int ordinal) = Find(index);
            return Read(row, ordinal);
        }
    }

    /// <summary>The <paramref name="ordinal"/>-th sample of a row.</summary>
    private protected abstract TSample Read(StoredRow row, int ordinal);
}

/// <summary>Samples that people can look at.</summary>
public interface IShownSamples : IDisposable
{
    /// <inheritdoc cref="SampleTable.Count"/>
    int Count { get; }

    /// <inheritdoc cref="SampleTable.Rows"/>
    int Rows { get; }

    ShownSample Show(int index);

    /// <inheritdoc cref="SampleTable.PicturesOf"/>
    IReadOnlyList<ReadOnlyMemory<byte>> PicturesOf(int index);
}

/// <summary>A sample as people look at it.</summary>
/// <param name="Text">The question, the sentence, the caption, or the whole prompt.</param>
/// <param name="Answers">What is right; none where that is withheld, or nothing is asked.</param>
public sealed record ShownSample(string Text, IReadOnlyList<string> Answers);

/// <summary>A row where it lies in its file.</summary>
internal readonly record struct StoredRow(IReadOnlyDictionary<string, StoredColumn> Columns, long At)
{
    public ReadOnlyMemory<byte> Bytes(string column) => Columns[column].Bytes(At);

    public string Text(string column) => Columns[column].Text(At);

    /// <summary>How many items the row's list has.</summary>
    public long Length(string column)
    {
        (long from, long to) = Columns[column].Range(At);
        return to - from;
    }

    /// <summary>The row's list.</summary>
    public string[] Items(string column)
    {
        StoredColumn lists = Columns[column];
        (long from, long to) = lists.Range(At);
        if (lists.Items.IsNull) return [];
        string[] items = new string[to - from];
        for (long i = from; i < to; i++) items[i - from] = lists.Items.Text(i);
        return items;
    }

    /// <summary>Item <paramref name="ordinal"/> of the row's list; null where the list is shorter.</summary>
    public string? Item(string column, int ordinal)
    {
        StoredColumn lists = Columns[column];
        (long from, long to) = lists.Range(At);
        return from + ordinal < to && !lists.Items.IsNull ? lists.Items.Text(from + ordinal) : null;
    }
}
