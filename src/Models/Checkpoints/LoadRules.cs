using System.IO.Enumeration;

namespace Das.Models.Checkpoints;

/// <summary>
/// Which differences between a model and a weight file are intended. A pattern covers the name it spells and everything
/// below it (<c>mlm_score</c> covers <c>mlm_score.bias</c>, not <c>mlm_scores</c>); <c>*</c> stands for any text.
/// </summary>
/// <param name="MayBeMissing">Names of the model that the file need not have; they keep their values.</param>
/// <param name="MayBeIgnored">Names of the file that the model need not have; they are not read.</param>
public sealed record LoadRules(IReadOnlyList<string> MayBeMissing, IReadOnlyList<string> MayBeIgnored)
{
    /// <summary>Both sides have exactly the same names.</summary>
    public static LoadRules Strict { get; } = new([], []);

    internal static bool Covers(IReadOnlyList<string> patterns, string name) => patterns.Any(pattern =>
        FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(pattern.TrimEnd('.') + ".*", name, ignoreCase: false));
}

/// <summary>The differences that were allowed and occurred.</summary>
/// <param name="Missing">Names of the model that kept their values.</param>
/// <param name="Ignored">Names of the file that were not read.</param>
public sealed record LoadResult(IReadOnlyList<string> Missing, IReadOnlyList<string> Ignored);
