namespace Das.Reports.Evaluations;

/// <summary>What reports call the kinds of tasks.</summary>
internal static class TaskNames
{
    public const string Vqa = "vqa", Pairs = "nlvr2", Retrieval = "retrieval", Language = "language";
}
