namespace Das.Benchmarks.Text.Prompts;

/// <summary>GSM8K's texts (<c>L/util/language_datasets.py:66-81</c>, <c>L/OrgGSM8K.py:37</c>, method §4.4).</summary>
public static partial class Gsm8kPrompt
{
    /// <summary>Stands between a solution and its final number.</summary>
    public const string Mark = "#### ";

    /// <param name="question">The problem.</param>
    /// <param name="solution">Steps, <see cref="Mark"/>, the final number.</param>
    public static LanguagePrompt Training(string question, string solution)
    {
        int mark = solution.IndexOf(Mark, StringComparison.Ordinal);
        return new(Query(question), $"Answer: The answer is {solution[(mark + Mark.Length)..]}.\n\nBecause: {Solution(solution[..mark])}");
    }

    /// <summary>Asked where the likelihood of the solution is the score.</summary>
    public static string Cloze(string question) => $"Question: {question}\nAnswer:";

    /// <summary>A solution without the calculator's notes <c>&lt;&lt;48/2=24&gt;&gt;</c>.</summary>
    public static string Solution(string solution) => Note().Replace(solution, "");

    /// <param name="question">The problem.</param>
    /// <param name="published">As the published evaluation asks: one line break after the question, where training has two (method §8 B15).</param>
    public static string Query(string question, bool published = false) =>
        $"The following are linguistically diverse grade school math word problems (with answers).\n\nQuestion: {question}{(published ? "\n" : "\n\n")}";

    /// <summary>A solution's final number without its commas, as the published evaluation compares it.</summary>
    public static string Final(string solution) => solution[(solution.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Replace(",", "");

    [GeneratedRegex("<<.*?>>")]
    private static partial Regex Note();
}
