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
    private readonly RawItem problems, splits;
    private readonly RawField? captions;

    private ScienceQaFiles(RawSource raw, bool useCaptions)
    {
        this.raw = raw;
        (problems, splits) = (Whole(Problems), Whole(Splits));
        if (useCaptions) captions = Whole(Captions) is var file && file["captions"] is { IsObject: true } nested ? nested : file.Value;
    }

    /// <exception cref="DasException">A file is missing or no JSON object.</exception>
    public static ScienceQaFiles Read(RawSource raw, bool useCaptions) => new(raw, useCaptions);

    /// <summary>A split's problems in the published order; a folder may hold fewer than are published if <c>pid_splits.json</c> says so.</summary>
    public IEnumerable<ScienceQaEntry> Entries(string split, BadInputs bad)
    {
        List<BadInput> unusable = [];
        List<ScienceQaEntry> entries = [];
        HashSet<string> ids = [];
        RawField[] listed = [.. new[] { splits }.Read(unusable, item => item[split].Items()).SelectMany(items => items)];
        for (int i = 0; i < listed.Length; i++)
        {
            string where = $"{raw.Describe(Splits)} {split} id {i + 1}";
            try
            {
                string id = listed[i].Id();
                where = $"{raw.Describe(Problems)} problem {id}";
                if (!ids.Add(id)) throw new BadItemException($"{Splits} lists it twice in {split}; the first counts.");
                if (problems[id].IsAbsent) throw new BadItemException($"{Splits} lists it in {split}, and it is not there.");
                entries.Add(Entry(id, split, problems[id]));
            }
            catch (BadItemException e)
            {
                unusable.Add(new(where, e.Message));
            }
        }
        bad.Report(unusable);
        return entries;
    }

    private ScienceQaEntry Entry(string id, string split, RawField problem)
    {
        string question = problem["question"].Words();
        string[] choices = [.. problem["choices"].Items().Select(c => c.Text())];
        if (choices.Length is < 2 or > MostChoices) throw problem["choices"].Bad($"has {choices.Length} texts; expected two to {MostChoices}");
        long answer = problem["answer"].Number();
        if (answer < 0 || answer >= choices.Length) throw problem["answer"].Bad($"is {answer}; it must be 0 to {choices.Length - 1}, the number of a choice");
        string? image = null;
        if (Optional("image") is { Length: > 0 } file)
        {
            image = new[] { $"{Images}/{split}/{id}/{file}", $"{Images}/{file}" }.FirstOrDefault(raw.Has);
            if (image is null || file.Contains(".."))
                throw new BadItemException($"There is no picture {Images}/{split}/{id}/{file}, nor {Images}/{file}.");
        }
        ScienceQaProblem text = new(question, choices, (int)answer, Optional("hint"), captions?[id].TextOrNull() ?? "", Optional("lecture"),
            Optional("solution"));
        return new(id, text, Optional("subject"), Optional("grade"), image);

        string Optional(string key) => problem[key].TextOrNull() ?? "";
    }

    private RawItem Whole(string file)
    {
        raw.Require(file, Holds);
        using Stream stream = raw.Open(file);
        RawItem whole = new(raw.Describe(file), JsonText.Whole(stream, raw.Describe(file), ErrorKind.Data));
        return whole.Value.IsObject ? whole
            : throw new DasException(ErrorKind.Data, $"{raw.Describe(file)} is no JSON object; expected ids and what belongs to them.");
    }
}
