namespace Das.Contracts;

/// <summary>What the evaluate stage leaves for others to read.</summary>
public static class EvaluationFiles
{
    /// <summary>Task, benchmark, split, scores and cost, as one JSON object.</summary>
    public const string Report = "report.json";

    /// <summary>What the model said to every question: one JSON object a line.</summary>
    public const string Predictions = "predictions.jsonl";
}
