namespace Das.Reports.Evaluations;

/// <summary>What <c>report.json</c> says of the questions an evaluation asked.</summary>
/// <param name="Task">vqa, nlvr2, retrieval or language; vqa in reports from before there were several tasks.</param>
/// <param name="Benchmark">Its name in the catalog; empty in the earliest reports.</param>
/// <param name="Split">The one asked for.</param>
public sealed record EvaluationReport(string Task, string Benchmark, string Split)
{
    public const string Vqa = "vqa", Pairs = "nlvr2", Retrieval = "retrieval", Language = "language";

    /// <exception cref="DasException">The file cannot be read or is no report; the message says why.</exception>
    public static EvaluationReport Read(string path)
    {
        try
        {
            JsonNode? report = JsonNode.Parse(File.ReadAllBytes(path));
            return new((string?)report?["task"] ?? Vqa, (string?)report?["benchmark"] ?? "", (string?)report?["split"] ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new DasException(ErrorKind.Storage, e.Message, e);
        }
    }
}
