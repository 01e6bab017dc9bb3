namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither picture nor question of a free answer: always what is answered most often on the training split.</summary>
/// <param name="Answer">Normalised; the first of equals.</param>
/// <param name="Share">Of the training questions.</param>
public sealed record MajorityText(string Answer, double Share)
{
    /// <exception cref="DasException">There are no questions.</exception>
    public static MajorityText Of(IReadOnlyCollection<LanguageSample> train)
    {
        (string answer, double count) = Commonest.Of(train.Select(s => (OpenAnswer.Normal(s.Expected), 1.0)),
            "The training split has no questions of this kind.");
        return new(answer, count / train.Count);
    }
}
