namespace Das.Reports.Evaluations;

/// <summary>Names in a run's metrics.</summary>
public static class MetricNames
{
    public const string Accuracy = "accuracy";
    public const string DevelopmentAccuracy = "devAccuracy";
    public const string UpdatedParameters = "updatedParameters";
    public const string TotalParameters = "totalParameters";
    public const string MacsFull = "macsFull";
    public const string MacsSkipped = "macsSkipped";
    public const string MacsBackbone = "macsBackbone";
    public const string MillisecondsFull = "millisecondsFull";
    public const string MillisecondsSkipped = "millisecondsSkipped";
    public const string IrRecall = "irRecall";
    public const string TrRecall = "trRecall";
    public const string IrRecall1 = IrRecall + "1";
    public const string TrRecall1 = TrRecall + "1";

    /// <summary>The lower end of a score's 95 % interval.</summary>
    public static string Low(string score) => score + "Low";

    /// <summary>The upper end of a score's 95 % interval.</summary>
    public static string High(string score) => score + "High";
}
