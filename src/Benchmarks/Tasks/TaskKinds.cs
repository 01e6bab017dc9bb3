namespace Das.Benchmarks.Tasks;

/// <summary>Every kind of task. A new one is a file and a line here, and the same in Das.Training.Tasks.</summary>
public static class TaskKinds
{
    private const string Discriminator = "task";

    public static VqaTask Vqa { get; } = new();
    public static PairTask Pairs { get; } = new();
    public static RetrievalTask Retrieval { get; } = new();
    public static LanguageTask Language { get; } = new();

    /// <summary>In the order of the paper's columns.</summary>
    public static IReadOnlyCollection<TaskKind> All { get; } = [Vqa, Pairs, Retrieval, Language];

    /// <exception cref="DasException">There is none; the message offers the nearest name.</exception>
    public static TaskKind Get(string name) =>
        All.FirstOrDefault(kind => kind.Name == name) ?? throw new DasException(ErrorKind.Data, Nearest.Unknown("task", name, All.Select(kind => kind.Name)));

    /// <summary>The task of a line of predictions.</summary>
    /// <exception cref="FormatException">It is no line of any task.</exception>
    public static TaskKind OfPrediction(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object) throw new FormatException($"expected an object, found {line.ValueKind}");
        if (!line.TryGetProperty(Discriminator, out JsonElement task)) return OfUnnamed(line);
        string? name = task.ValueKind == JsonValueKind.String ? task.GetString() : null;
        return All.FirstOrDefault(kind => kind.Name == name)
            ?? throw new FormatException($"the task {task.GetRawText()} is none of {string.Join(", ", All.Select(kind => kind.Name))}");
    }

    /// <summary>Lines from before they named their task differ in the member that says what they are about.</summary>
    private static TaskKind OfUnnamed(JsonElement line) =>
        line.TryGetProperty("question_id", out _) ? Vqa
        : line.TryGetProperty("identifier", out _) ? Pairs
        : line.TryGetProperty("rank", out _) ? Retrieval
        : line.TryGetProperty("id", out _) ? Language
        : throw new FormatException("expected one of the members question_id, identifier, rank and id");
}
