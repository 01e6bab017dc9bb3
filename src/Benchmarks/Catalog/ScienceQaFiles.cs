namespace Das.Benchmarks.Catalog;

/// <summary>One problem of ScienceQA.</summary>
/// <param name="Id">The published one, a number.</param>
/// <param name="Problem">What is written out.</param>
/// <param name="Subject"><c>natural science</c>, <c>social science</c>, <c>language science</c>; empty where it is not known.</param>
/// <param name="Grade"><c>grade1</c> to <c>grade12</c>; empty where it is not known.</param>
/// <param name="Image">The picture's file, or null.</param>
internal sealed record ScienceQaEntry(string Id, ScienceQaProblem Problem, string Subject, string Grade, string? Image);

/// <summary>ScienceQA's files: every problem by id, and which ids make up a split.</summary>
internal sealed class ScienceQaFiles
{
    private const string Problems = "problems.json", Splits = "pid_splits.json", Captions = "captions.json", Images = "images";

    private const string Holds = $"ScienceQA's {Problems}, {Splits} and {Images}/";

    private const int MostChoices = 5;

    private readonly RawSource raw;
    private readonly JsonElement problems, splits, captions;

    private ScienceQaFiles(RawSource raw, bool useCaptions)
    {
        this.raw = raw;
        (problems, splits) = (Whole(Problems), Whole(Splits));
        if (useCaptions) captions = Whole(Captions) is var file && file.Object("captions") is { } nested ? nested : file;
    }

    /// <exception cref="DasException">A file is missing or no JSON object.</exception>
    public static ScienceQaFiles Read(RawSource raw, bool useCaptions) => new(raw, useCaptions);

    /// <summary>A split's problems in the published order; a folder may hold fewer than are published if <c>pid_splits.json</c> says so.</summary>
    public IEnumerable<ScienceQaEntry> Entries(string split, BadInputs bad)
    {
        List<BadInput> unusable = [];
        List<ScienceQaEntry> entries = [];
        HashSet<string> ids = [];
        if (splits.List(split).Any() is false) unusable.Add(new(raw.Describe(Splits), $"It has no list '{split}' of problem ids."));
        foreach (JsonElement listed in splits.List(split))
        {
            string id = listed.ValueKind == JsonValueKind.String ? listed.GetString()! : listed.GetRawText(), where = $"{raw.Describe(Problems)} problem {id}";
            if (!ids.Add(id)) unusable.Add(new(where, $"{Splits} lists it twice in {split}; the first counts."));
            else if (problems.Object(id) is not { } problem) unusable.Add(new(where, $"{Splits} lists it in {split}, and it is not there."));
            else
            {
                (ScienceQaEntry? entry, string reason) = Entry(id, split, problem);
                if (entry is not null) entries.Add(entry);
                else unusable.Add(new(where, reason));
            }
        }
        bad.Report(unusable);
        return entries;
    }

    private (ScienceQaEntry?, string) Entry(string id, string split, JsonElement problem)
    {
        string?[] choices = [.. problem.List("choices").Select(c => c.ValueKind == JsonValueKind.String ? c.GetString() : null)];
        if (problem.Text("question") is not { Length: > 0 } question || choices.Length is < 2 or > MostChoices || choices.Contains(null))
            return (null, $"It lacks question, or choices, two to {MostChoices} texts.");
        if (problem.Number("answer") is not { } answer || answer < 0 || answer >= choices.Length)
            return (null, $"Its answer must be 0 to {choices.Length - 1}, the number of a choice.");
        string? image = null;
        if (problem.Text("image") is { Length: > 0 } file)
        {
            image = new[] { $"{Images}/{split}/{id}/{file}", $"{Images}/{file}" }.FirstOrDefault(raw.Has);
            if (image is null || file.Contains(".."))
                return (null, $"There is no picture {Images}/{split}/{id}/{file}, nor {Images}/{file}.");
        }
        ScienceQaProblem text = new(question, choices!, (int)answer, problem.Text("hint") ?? "", captions.Text(id) ?? "", problem.Text("lecture") ?? "",
            problem.Text("solution") ?? "");
        return (new(id, text, problem.Text("subject") ?? "", problem.Text("grade") ?? "", image), "");
    }

    private JsonElement Whole(string file)
    {
        raw.Require(file, Holds);
        try
        {
            using Stream stream = raw.Open(file);
            JsonElement whole = JsonDocument.Parse(stream).RootElement;
            return whole.ValueKind == JsonValueKind.Object ? whole
                : throw new DasException(ErrorKind.Data, $"{raw.Describe(file)} is no JSON object; expected ids and what belongs to them.");
        }
        catch (JsonException e)
        {
            throw new DasException(ErrorKind.Data, $"{raw.Describe(file)} is not whole JSON: {e.Message}", e);
        }
    }
}
