namespace Das.Benchmarks.Scoring;

/// <summary>What an answer to a VQA question is worth: its soft score.</summary>
public static class VqaScore
{
    /// <summary>What <paramref name="answer"/> (a label) is worth for the question: its soft score, 0 where nobody gave it.</summary>
    public static float Of(VqaSample question, int answer)
    {
        for (int i = 0; i < question.Labels.Count; i++)
            if (question.Labels[i] == answer) return question.Scores[i];
        return 0;
    }

    /// <summary>Per-question scores of the arg-max answers against dense targets, both row after row (<c>V/gadgets/my_metrics.py:49-69</c>).</summary>
    public static float[] OfLogits(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, int answers)
    {
        float[] scores = new float[logits.Length / answers];
        for (int row = 0; row < scores.Length; row++) scores[row] = targets[row * answers + Accuracy.ArgMax(logits.Slice(row * answers, answers))];
        return scores;
    }
}
