namespace Das.Benchmarks.Scoring;

/// <summary>The share of rows whose arg-max is the label (<c>V/gadgets/my_metrics.py</c>).</summary>
public static class Accuracy
{
    /// <summary>MLM's label of a position that is not to be predicted.</summary>
    public const long Ignored = -100;

    /// <param name="logits">Row after row, as many values each as there are classes.</param>
    /// <param name="labels">One a row; <see cref="Ignored"/> leaves the row out.</param>
    /// <returns>Right rows and counted rows: add them over batches, then divide.</returns>
    public static (int Right, int Counted) Count(ReadOnlySpan<float> logits, ReadOnlySpan<long> labels)
    {
        int classes = labels.Length == 0 ? 0 : logits.Length / labels.Length, right = 0, counted = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] == Ignored) continue;
            counted++;
            if (ArgMax(logits.Slice(row * classes, classes)) == labels[row]) right++;
        }
        return (right, counted);
    }

    /// <summary>The first of the largest values.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }
}
