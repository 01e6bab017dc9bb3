using System.Text.RegularExpressions;

namespace Das.Recipes;

/// <summary>
/// A model on a hub, as recipes name it: <c>hf:ORG/NAME</c>, with <c>@REVISION</c> (a branch, a tag or a commit; else <c>main</c>) and, where one file
/// of it is meant, <c>:FILE</c>: <c>hf:ORG/NAME@main:model-q4_1.gguf</c>.
/// </summary>
/// <param name="Repository"><c>ORG/NAME</c>, or <c>NAME</c> for the few models of no organisation.</param>
/// <param name="Revision">Null where none is given.</param>
/// <param name="File">Path in the repository with forward slashes; null for the whole model.</param>
public sealed partial record HubName(string Repository, string? Revision, string? File)
{
    /// <summary>What every such name begins with.</summary>
    public const string Prefix = "hf:";

    private const string Form = "hf:ORG/NAME, hf:ORG/NAME@REVISION or hf:ORG/NAME@REVISION:FILE";
    private const int LongestRepository = 193, LongestRevision = 200, LongestPath = 400;

    /// <summary>The revision that is meant.</summary>
    public string Asked => Revision ?? "main";

    /// <summary>Whether it names one state of the repository for ever: its revision is a whole commit.</summary>
    public bool IsExact => Revision is { } revision && IsCommit(revision);

    /// <summary>Whether a text is meant as such a name, well-formed or not.</summary>
    public static bool Is(string? text) => text?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    /// <summary>Whether a text is the SHA-1 of a commit, in lower-case hexadecimal.</summary>
    public static bool IsCommit(string text) => Commit().IsMatch(text);

    /// <exception cref="DasException">It is no such name; the message says which form is expected.</exception>
    public static HubName Parse(string text) =>
        Problem(text) is { } problem ? throw new DasException(ErrorKind.Recipe, $"'{text}' {problem}.") : Split(text);

    /// <summary>What is wrong with such a name, after it; null where nothing is.</summary>
    public static string? Problem(string text)
    {
        if (!Is(text)) return $"is no model on a hub: {Form} is expected";
        HubName name = Split(text);
        if (!IsRepository(name.Repository)) return $"names the repository '{name.Repository}', which is none: {Form} is expected";
        if (name.Revision is { } revision && (revision.Length > LongestRevision || !IsPath(revision)))
            return $"names the revision '{revision}', which is none: a branch, a tag or a commit is expected behind the @";
        return name.File is { } file && !IsPath(file) ? $"names the file '{file}', which is no path in a repository: {Form} is expected" : null;
    }

    /// <summary>Whether a text is a path with forward slashes that leads nowhere else: no part is empty, <c>.</c> or <c>..</c>, none is absolute.</summary>
    public static bool IsPath(string text) => text.Length is > 0 and <= LongestPath
        && !text.Any(letter => char.IsControl(letter) || letter is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && text.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>The same at a commit.</summary>
    public HubName At(string commit) => this with { Revision = commit };

    public override string ToString() => $"{Prefix}{Repository}{(Revision is null ? "" : $"@{Revision}")}{(File is null ? "" : $":{File}")}";

    private static HubName Split(string text)
    {
        string[] parts = text[Prefix.Length..].Split(':', 2), whole = parts[0].Split('@', 2);
        return new(whole[0], whole.ElementAtOrDefault(1), parts.ElementAtOrDefault(1));
    }

    private static bool IsRepository(string text) => text.Length <= LongestRepository && Repositories().IsMatch(text)
        && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^([A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9_][\w.-]{0,95}\z", RegexOptions.ECMAScript)]
    private static partial Regex Repositories();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex Commit();
}
