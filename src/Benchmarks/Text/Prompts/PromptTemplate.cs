namespace Das.Benchmarks.Text.Prompts;

/// <summary>A text with places for the values of a row: <c>{question}</c>; a brace of the text itself is written twice.</summary>
public sealed partial class PromptTemplate
{
    private readonly string text;

    /// <exception cref="DasException">A brace opens no name, or closes none.</exception>
    public PromptTemplate(string text)
    {
        this.text = text;
        string rest = Part().Replace(text, "");
        if (rest.IndexOfAny(['{', '}']) is >= 0 and var at) throw new DasException(ErrorKind.Recipe,
            $"The prompt '{text}' has a '{rest[at]}' without its counterpart: write {{name}} for the value of a column, and {{{{ or }}}} for a brace.");
    }

    /// <summary>The names of its places.</summary>
    public IEnumerable<string> Names => Part().Matches(text).Where(part => part.Groups["name"].Success).Select(part => part.Groups["name"].Value).Distinct();

    /// <summary>The text with the values in their places.</summary>
    public string Fill(Func<string, string> valueOf) =>
        Part().Replace(text, part => part.Groups["name"].Success ? valueOf(part.Groups["name"].Value) : part.Value[..1]);

    [GeneratedRegex(@"\{\{|\}\}|\{(?<name>[^{}]+)\}")]
    private static partial Regex Part();
}
