namespace Das.Benchmarks.Catalog;

/// <summary>The queries that the published scripts write for evaluation (<c>L/Org*.py</c>): JSON lines of <c>subject</c>, <c>input</c> and
/// <c>output</c>.</summary>
internal static class ZeroShotQueries
{
    private const string Options = "\nOptions: ";

    public static LanguageRow[] Read(RawSource raw, string file, BadInputs bad, CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        int read = 0;
        LanguageRow[] rows = [.. JsonLines.Of(raw, file, unusable, cancel).Read(unusable, item =>
        {
            (string input, string output) = (item["input"].Words(), item["output"].Words());
            return Row($"zero-shot-{read++}", input, output, item["subject"].TextOrNull() ?? "");
        })];
        bad.Report(unusable);
        return rows;
    }

    private static LanguageRow Row(string id, string input, string output, string subject)
    {
        (string Letter, string Text)[] choices = [.. Choices(input)];
        string[] continuations = [.. choices.Select(CommonsenseQaPrompt.Continuation)];
        int right = Array.FindIndex(choices, c => c.Letter == output);
        return new(id, input, right < 0 ? $"Answer: The answer is {output}." : continuations[right], input, continuations, [.. choices.Select(c => c.Letter)],
            output)
        {
            Facts = subject.Length == 0 ? new() : new Dictionary<string, string> { ["subject"] = subject },
        };
    }

    /// <summary>The lines <c>A. text</c> after the last <c>Options:</c>.</summary>
    private static IEnumerable<(string Letter, string Text)> Choices(string input)
    {
        int from = input.LastIndexOf(Options, StringComparison.Ordinal);
        return from < 0 ? [] : input[(from + Options.Length)..].Split('\n').Where(l => l is [>= 'A' and <= 'Z', '.', ' ', ..]).Select(l => (l[..1], l[3..]));
    }
}
