namespace Das.Benchmarks.Arrow;

/// <summary>The questions of one split.</summary>
public sealed class VqaTable(params IReadOnlyList<string> paths)
    : SampleTable<VqaSample>(paths, ["image", "questions", "image_id", "question_id", "answers", "answer_labels", "answer_scores"], row =>
        row.Length("questions"))
{
    /// <summary>The picture of a row, encoded; valid while the table is open.</summary>
    public ReadOnlyMemory<byte> Image(int row) => Row(row).Bytes("image");

    private protected override VqaSample Read(StoredRow row, int ordinal) => new(
        row.Bytes("image"), row.Text("image_id"), row.Item("questions", ordinal)!,
        Id(row.Columns["question_id"], row.At, ordinal),
        List(row.Columns["answer_labels"], row.At, ordinal, Label),
        List(row.Columns["answer_scores"], row.At, ordinal, (items, i) => (float)items.Real(i)),
        List(row.Columns["answers"], row.At, ordinal, (items, i) => items.Text(i)));

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
