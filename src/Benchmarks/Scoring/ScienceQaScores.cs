namespace Das.Benchmarks.Scoring;

/// <summary>
/// ScienceQA's nine columns (<c>L/eval_scienceqa.py:167-235</c>): by subject, by what the question refers to, by grade, and over all. A problem
/// whose subject or grade is not known counts in the other columns; a column without problems has a count of 0.
/// </summary>
public static class ScienceQaScores
{
    private const string Subject = "subject", Grade = "grade", Text = "has_text", Image = "has_image", Yes = "yes", No = "no";

    /// <summary>What the columns need to know of a problem.</summary>
    /// <param name="subject">As published: <c>natural science</c>.</param>
    /// <param name="grade">As published: <c>grade7</c>.</param>
    /// <param name="hasText">Whether it has a hint.</param>
    /// <param name="hasImage">Whether it has a picture.</param>
    public static IReadOnlyDictionary<string, string> Facts(string subject, string grade, bool hasText, bool hasImage) => new Dictionary<string, string>
    {
        [Subject] = subject, [Grade] = grade, [Text] = hasText ? Yes : No, [Image] = hasImage ? Yes : No,
    };

    /// <summary>NAT, SOC, LAN, TXT, IMG, NO, G1-6, G7-12, AVG: the paper's columns in its order.</summary>
    public static IReadOnlyList<(string Name, MeanScore Score)> Of(IEnumerable<(IReadOnlyDictionary<string, string> Facts, bool Right)> judged)
    {
        (IReadOnlyDictionary<string, string> Facts, bool Right)[] all = [.. judged];
        return
        [
            ("NAT", Where(f => f[Subject] == "natural science")), ("SOC", Where(f => f[Subject] == "social science")),
                ("LAN", Where(f => f[Subject] == "language science")),
            ("TXT", Where(f => f[Text] == Yes)), ("IMG", Where(f => f[Image] == Yes)), ("NO", Where(f => f[Text] == No && f[Image] == No)),
            ("G1-6", Where(f => Number(f[Grade]) is >= 1 and <= 6)), ("G7-12", Where(f => Number(f[Grade]) is >= 7 and <= 12)), ("AVG", Where(_ => true)),
        ];

        MeanScore Where(Func<IReadOnlyDictionary<string, string>, bool> belongs) => MeanScore.Of(all.Where(j => belongs(j.Facts)).Select(j => j.Right));
    }

    private static int? Number(string grade) =>
        grade.StartsWith("grade", StringComparison.Ordinal) && int.TryParse(grade.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;
}
