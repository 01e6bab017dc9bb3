namespace Das.Benchmarks.Text.Prompts;

/// <summary>What of a ScienceQA problem is written out.</summary>
/// <param name="Question">Its text.</param>
/// <param name="Choices">Two to five.</param>
/// <param name="Answer">Index of the right one.</param>
/// <param name="Hint">Text that the question refers to; may be empty.</param>
/// <param name="Caption">A machine's description of the picture; empty where none is used.</param>
/// <param name="Lecture">What the problem teaches; may be empty.</param>
/// <param name="Solution">Why the answer is right; may be empty.</param>
public sealed record ScienceQaProblem(string Question, IReadOnlyList<string> Choices, int Answer, string Hint, string Caption, string Lecture, string Solution);

/// <summary>
/// ScienceQA's texts (<c>L/util/base_prompt.py</c>, method §4.4). A format names the parts in their order, before the dash what is given: Question,
/// Context, Multiple options, Lecture, Explanation; after it what is to be said: Answer, Lecture, Explanation.
/// </summary>
public static class ScienceQaPrompt
{
    public const string Standard = "QCM-ALE";

    private const string Because = "BECAUSE:";

    private static readonly string[] Letters = ["A", "B", "C", "D", "E"];

    /// <summary>The published formats.</summary>
    public static IReadOnlyList<string> Formats { get; } =
    [
        .. new[] { "CQM", "QCM" }.SelectMany(given => new[] { "A", "LA", "EA", "LEA", "ELA", "AL", "AE", "ALE" }.Select(said => $"{given}-{said}")),
        "QCML-A", "QCME-A", "QCMLE-A", "QCLM-A", "QCEM-A", "QCLEM-A", "QCML-AE",
    ];

    /// <summary>The options' letters.</summary>
    public static IReadOnlyList<string> LettersOf(ScienceQaProblem problem) => Letters[..problem.Choices.Count];

    /// <summary>What says that an option is right, wherever in the target it stands.</summary>
    public static string Continuation(string letter) => $"The answer is {letter}.";

    /// <param name="problem">At most five choices.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="published">
    /// As the published code writes targets: <c>AL</c> says the explanation and <c>AE</c> the lecture, and where there is neither, a
    /// <c>BECAUSE:</c> is left dangling (method §8 B17). Else each says what its letter means, and nothing dangles.
    /// </param>
    /// <exception cref="DasException">There is no such format.</exception>
    public static LanguagePrompt Training(ScienceQaProblem problem, string format = Standard, bool published = false)
    {
        (string given, string said) = Parts(format);
        return new(Clean(Given(problem, given) + "Response:"), Clean(Said(problem, said, published)));
    }

    /// <summary>What a format gives but for the options, for the text of one of them to follow.</summary>
    /// <exception cref="DasException">There is no such format.</exception>
    public static string Cloze(ScienceQaProblem problem, string format = Standard) =>
        Clean(Given(problem, Parts(format).Given.Replace("M", "")) + "Answer:");

    /// <summary>Solved examples and a problem to be solved (<c>base_prompt.py:200</c>); unlike in training, nothing dangles as published.</summary>
    /// <exception cref="DasException">There is no such format.</exception>
    public static string FewShot(IEnumerable<ScienceQaProblem> examples, ScienceQaProblem problem, string format = Standard, bool published = false)
    {
        (string given, string said) = Parts(format);
        IEnumerable<string> solved = examples.Select(e => WithoutDangling(Clean($"{Given(e, given)}Answer: {Said(e, said, published)}")));
        return string.Join("\n\n", [.. solved, Clean(Given(problem, given) + "Answer:")]);
    }

    private static (string Given, string Said) Parts(string format)
    {
        if (!Formats.Contains(format)) throw new DasException(ErrorKind.Data, Nearest.Unknown("prompt format", format, Formats));
        string[] parts = format.Split('-');
        return (parts[0], parts[1]);
    }

    /// <summary>One line a part; lecture and explanation share theirs.</summary>
    private static string Given(ScienceQaProblem problem, string parts)
    {
        string reason = string.Join(' ', parts.Where(p => p is 'L' or 'E').Select(p => Reason(problem, p)));
        string options = string.Join(' ', problem.Choices.Select((c, i) => $"({Letters[i]}) {c}"));
        string context = $"{problem.Hint} {problem.Caption}".Trim();
        return string.Concat(parts.Select((part, i) => part switch
        {
            'Q' => $"Question: {problem.Question}\n",
            'C' => $"Context: {(context.Length > 0 ? context : "N/A")}\n",
            'M' => $"Options: {options}\n",
            _ => parts[i - 1] == 'L' ? "" : $"{Because} {reason}\n",
        }));
    }

    private static string Said(ScienceQaProblem problem, string parts, bool published)
    {
        string answer = Continuation(Letters[problem.Answer]);
        if (parts[0] != 'A') return $"{string.Join(' ', parts[..^1].Select(p => Reason(problem, p)))} {answer}";
        string reasons = (published, parts) switch
        {
            (true, "AL") => "E",
            (true, "AE") => "L",
            _ => parts[1..],
        };
        string because = string.Join(' ', reasons.Select(r => Reason(problem, r)));
        return reasons.Length == 0 || (!published && because.Trim().Length == 0) ? answer : $"{answer} {Because} {because}";
    }

    /// <summary>Line breaks within become the two characters <c>\n</c>, so that a part stays a line.</summary>
    private static string Reason(ScienceQaProblem problem, char part) => (part == 'L' ? problem.Lecture : problem.Solution).Replace("\n", "\\n");

    /// <summary>Two spaces become one, once: of three, two are left.</summary>
    private static string Clean(string text) => text.Replace("  ", " ").Trim();

    private static string WithoutDangling(string text) => text.EndsWith(Because, StringComparison.Ordinal) ? text[..^Because.Length].Trim() : text;
}
