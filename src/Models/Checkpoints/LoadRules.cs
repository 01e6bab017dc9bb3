using System.IO.Enumeration;

namespace Das.Models.Checkpoints;

/// <summary>
/// Which differences between a model and a weight file are intended. A pattern covers the name it spells and everything
/// below it (<c>mlm_score</c> covers <c>mlm_score.bias</c>, not <c>mlm_scores</c>); <c>*</c> stands for any text.
/// </summary>
/// <param name="MayBeMissing">Names of the model that the file need not have; they keep their values.</param>
/// <param name="MayBeIgnored">Names of the file that the model need not have; they are not read.</param>
/// <param name="Derived">Parameters that are made from a stored tensor instead of being one.</param>
public sealed record LoadRules(IReadOnlyList<string> MayBeMissing, IReadOnlyList<string> MayBeIgnored, IReadOnlyList<DerivedParameter> Derived)
{
    /// <summary>Nothing is derived.</summary>
    public LoadRules(IReadOnlyList<string> mayBeMissing, IReadOnlyList<string> mayBeIgnored) : this(mayBeMissing, mayBeIgnored, []) { }

    /// <summary>Parameters that hold a stored tensor of their shape in a form of their own: name → what puts it there.</summary>
    public IReadOnlyDictionary<string, Action<Tensor>> Encoded { get; init; } = new Dictionary<string, Action<Tensor>>();

    /// <summary>Both sides have exactly the same names.</summary>
    public static LoadRules Strict { get; } = new([], []);

    /// <summary>Whether the file need not have this name of the model.</summary>
    public bool AllowsMissing(string name) => Covers(MayBeMissing, name);

    /// <summary>Whether the model need not have this name of the file.</summary>
    public bool AllowsIgnored(string name) => Covers(MayBeIgnored, name);

    private static bool Covers(IReadOnlyList<string> patterns, string name) => patterns.Any(pattern =>
        FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(pattern.TrimEnd('.') + ".*", name, ignoreCase: false));
}

/// <summary>A parameter that a file holds in another form. Where the file has the parameter itself, under a name other than the source's, that
/// counts.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Source">The file's name; may be the same.</param>
/// <param name="Make">From the stored tensor to the parameter's value; the stored tensor is disposed afterwards.</param>
public sealed record DerivedParameter(string Name, string Source, Func<Tensor, Tensor> Make);

/// <summary>The differences that were allowed and occurred.</summary>
/// <param name="Missing">Names of the model that kept their values.</param>
/// <param name="Ignored">Names of the file that were not read.</param>
public sealed record LoadResult(IReadOnlyList<string> Missing, IReadOnlyList<string> Ignored);
