namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither question nor choices: always the letter that is most often right on the training split.</summary>
/// <param name="Letter">The first of equals.</param>
/// <param name="Share">Of the training questions with choices.</param>
public sealed record MajorityLetter(string Letter, double Share)
{
    public static MajorityLetter Of(LanguageTable train)
    {
        LanguageSample[] asked = [.. Asked(train)];
        (string letter, double count) = Commonest.Of(asked.Select(s => (s.Expected, 1.0)), "The training split has no questions with choices.");
        return new(letter, count / asked.Length);
    }

    /// <summary>Gives that letter to every question with choices of <paramref name="test"/>; it is wrong where it is none of them.</summary>
    public MeanScore Score(LanguageTable test) => MeanScore.Of(Asked(test).Select(s => s.Expected == Letter));

    /// <summary>The accuracy to be expected of choosing at random; 0 where no question has choices.</summary>
    public static double Chance(LanguageTable test) => Asked(test).Select(s => 1.0 / s.Choices.Count).DefaultIfEmpty(0).Average();

    private static IEnumerable<LanguageSample> Asked(LanguageTable table) =>
        Enumerable.Range(0, table.Count).Select(i => table[i]).Where(s => s.Choices.Count > 0);
}
