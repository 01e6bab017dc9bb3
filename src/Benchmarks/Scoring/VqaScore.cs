namespace Das.Benchmarks.Scoring;

/// <summary>What answers to VQA questions are worth: their soft scores.</summary>
public static class VqaScore
{
    /// <summary>Per-question scores of the arg-max answers against dense targets, both row after row (<c>V/gadgets/my_metrics.py:49-69</c>).</summary>
    public static float[] OfLogits(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, int answers)
    {
        float[] scores = new float[logits.Length / answers];
        for (int row = 0; row < scores.Length; row++) scores[row] = targets[row * answers + Accuracy.ArgMax(logits.Slice(row * answers, answers))];
        return scores;
    }
}
