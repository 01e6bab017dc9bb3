namespace Das.Benchmarks.Arrow;

/// <summary>
/// The questions of one split: the rows of one or more published tables one after the other, each row's questions in order. Safe to read from
/// many threads.
/// </summary>
public sealed class VqaTable : IDisposable
{
    private sealed record Row(IReadOnlyDictionary<string, Column> Columns, long Index);

    private static readonly string[] Needed = ["image", "questions", "image_id", "question_id", "answers", "answer_labels", "answer_scores"];

    private readonly List<ArrowTableFile> files = [];
    private readonly List<Row> rows = [];

    /// <summary>The first sample of each row, and the total at the end.</summary>
    private readonly List<int> firsts = [0];

    /// <exception cref="InvalidDataException">A file is damaged, is cut off, or lacks a column; the message says which.</exception>
    public VqaTable(params IReadOnlyList<string> paths)
    {
        try
        {
            foreach (string path in paths) Add(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many questions there are.</summary>
    public int Count => firsts[^1];

    /// <summary>How many pictures there are.</summary>
    public int Rows => rows.Count;

    /// <summary>Question number <paramref name="index"/>, its picture still encoded.</summary>
    public VqaSample this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            int row = RowOf(index), question = index - firsts[row];
            (IReadOnlyDictionary<string, Column> columns, long at) = (rows[row].Columns, rows[row].Index);
            (long from, long _) = columns["questions"].Range(at);
            return new(
                columns["image"].Bytes(at), columns["image_id"].Text(at), columns["questions"].Items.Text(from + question),
                Id(columns["question_id"], at, question),
                List(columns["answer_labels"], at, question, Label),
                List(columns["answer_scores"], at, question, (items, i) => (float)items.Real(i)),
                List(columns["answers"], at, question, (items, i) => items.Text(i)));
        }
    }

    /// <summary>The picture's row: equal for questions about the same picture.</summary>
    public int RowOf(int index)
    {
        int found = firsts.BinarySearch(index);
        if (found < 0) return ~found - 1;
        while (firsts[found + 1] == index) found++; // Rows without questions hold no sample.
        return found;
    }

    public void Dispose() => files.ForEach(f => f.Dispose());

    private void Add(string path)
    {
        ArrowTableFile file = new(path);
        files.Add(file);
        foreach ((long count, IReadOnlyDictionary<string, Column> columns) in file.Batches)
        {
            if (Needed.Where(n => !columns.ContainsKey(n)).ToArray() is { Length: > 0 } missing)
                throw new InvalidDataException($"{path} lacks the column{(missing.Length == 1 ? "" : "s")} {string.Join(", ", missing)}; it has {string.Join(", ", columns.Keys)}.");
            for (long row = 0; row < count; row++)
            {
                (long from, long to) = columns["questions"].Range(row);
                rows.Add(new(columns, row));
                if (to - from > int.MaxValue - firsts[^1]) throw new InvalidDataException($"{path}: there are more than {int.MaxValue} questions.");
                firsts.Add(firsts[^1] + (int)(to - from));
            }
        }
    }

    private static long Id(Column ids, long row, int question)
    {
        (long from, long to) = ids.Range(row);
        return from + question < to ? ids.Items.Integer(from + question) : throw new InvalidDataException($"Row {row} has fewer question ids than questions.");
    }

    private static int Label(Column labels, long at) => labels.Integer(at) is var label and >= 0 and <= int.MaxValue
        ? (int)label
        : throw new InvalidDataException($"{labels.Integer(at)} is no answer's label.");

    /// <summary>A question's own list; empty where the row holds none, as in test tables.</summary>
    private static T[] List<T>(Column lists, long row, int question, Func<Column, long, T> read)
    {
        (long from, long to) = lists.Range(row);
        if (from + question >= to || lists.Items.IsNull) return [];
        (long first, long end) = lists.Items.Range(from + question);
        T[] values = new T[end - first];
        for (long i = first; i < end; i++) values[i - first] = read(lists.Items.Items, i);
        return values;
    }
}
