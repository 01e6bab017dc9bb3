namespace Das.Benchmarks.Catalog;

/// <summary>A task's data as published: where rows come from, which splits they make, how answers are scored.</summary>
public abstract class Benchmark
{
    /// <summary>What recipes call it.</summary>
    public abstract string Name { get; }

    /// <summary>Raised when the same raw files give other rows.</summary>
    public abstract int Version { get; }

    /// <summary>What its samples ask of a model.</summary>
    public abstract BenchmarkTask Task { get; }

    /// <summary>One sentence.</summary>
    public abstract string Description { get; }

    /// <summary>What the mean score of the answers is called: <c>vqa_score</c> with soft labels, <c>accuracy</c> with hard ones, <c>recall</c> of
    /// retrieval.</summary>
    public abstract string Metric { get; }

    /// <summary>The file that the benchmark's server takes.</summary>
    public virtual string SubmissionFile => $"{Name}_submit.json";

    /// <summary>False for a benchmark that generates its pictures.</summary>
    public virtual bool NeedsSource => true;

    /// <summary>Split → tables: <c>train</c>, <c>val</c> (held out: the search's reward), <c>test</c>, and what else is published.</summary>
    public abstract IReadOnlyDictionary<string, string[]> Splits { get; }

    /// <summary>
    /// Reads what is small (questions, answers) and says which rows are to be written. Pictures are read later, row by row. Unusable questions go
    /// to <paramref name="bad"/>.
    /// </summary>
    /// <param name="source">Folder or zip of the raw files.</param>
    /// <param name="options">The recipe's values that only this benchmark knows.</param>
    /// <param name="bad">Where unusable inputs are reported; it throws if the recipe says so.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <exception cref="InvalidDataException">A raw file is missing, or an option unknown; the message names it.</exception>
    public abstract RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default);
}

/// <summary>What a benchmark's raw files hold.</summary>
/// <param name="Answers">The vocabulary: label → answer; empty where nothing is answered.</param>
/// <param name="Tables">In the order in which they are to be written.</param>
/// <param name="Sources">The raw files, kept open; none for generated pictures.</param>
public sealed record RawDataset(IReadOnlyList<string> Answers, IReadOnlyList<RawTable> Tables, params IReadOnlyList<RawSource> Sources) : IDisposable
{
    /// <summary>In place of the benchmark's splits, where the tables' names depend on the options.</summary>
    public IReadOnlyDictionary<string, string[]>? Splits { get; init; }

    public void Dispose()
    {
        foreach (RawSource source in Sources) source.Dispose();
    }
}

/// <summary>One table to be written.</summary>
/// <param name="Name">Without extension: <c>vqav2_train</c>.</param>
/// <param name="Rows">In the order in which they are to be written; may be generated on the way.</param>
/// <param name="Count">How many.</param>
public sealed record RawTable(string Name, IEnumerable<RawRow> Rows, long Count)
{
    public RawTable(string name, IReadOnlyCollection<RawRow> rows) : this(name, rows, rows.Count) { }

    public string FileName => Name + ".arrow";
}

/// <summary>A row whose pictures are still to be read and verified: one, or the left and the right one of a pair.</summary>
public sealed record RawRow(RowContent Content, params IReadOnlyList<RawImage> Images);

/// <summary>A picture to be read.</summary>
/// <param name="Origin">Its file, as a person finds it.</param>
/// <param name="Read">Gives the encoded picture; may be called from any thread.</param>
public sealed record RawImage(string Origin, Func<byte[]> Read)
{
    /// <summary>A file of the raw files, as it is.</summary>
    public static RawImage In(RawSource source, string file) => new(source.Describe(file), () => source.Read(file));
}
