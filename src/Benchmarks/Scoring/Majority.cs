namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither picture nor question: always the answer that is worth most on the training split.</summary>
/// <param name="Answer">The lowest of equals.</param>
/// <param name="Share">Its mean worth over the training questions.</param>
public sealed record Majority<T>(T Answer, double Share);

/// <summary>Finds the <see cref="Majority{T}"/>.</summary>
public static class Majority
{
    /// <param name="answers">Answers that were given and what each is worth.</param>
    /// <param name="questions">How many questions they were given to.</param>
    /// <param name="nothing">The sentence for where there is none.</param>
    /// <exception cref="DasException">There is no answer.</exception>
    public static Majority<T> Of<T>(IEnumerable<(T Answer, double Worth)> answers, int questions, string nothing) where T : notnull
    {
        SortedDictionary<T, double> worth = [];
        foreach ((T answer, double value) in answers) worth[answer] = worth.GetValueOrDefault(answer) + value;
        if (worth.Count == 0) throw new DasException(ErrorKind.Data, nothing);
        (T best, double total) = worth.MaxBy(w => w.Value);
        return new(best, total / questions);
    }
}
