namespace Das.Benchmarks.Scoring;

/// <summary>What a baseline says that looks at no question: always the same.</summary>
internal static class Commonest
{
    /// <summary>The answer that is worth most in all; the lowest of equals.</summary>
    /// <param name="answers">Answers that were given and what each is worth.</param>
    /// <param name="nothing">The sentence for where there is none.</param>
    /// <exception cref="InvalidDataException">There is no answer.</exception>
    public static (T Answer, double Worth) Of<T>(IEnumerable<(T Answer, double Worth)> answers, string nothing) where T : notnull
    {
        SortedDictionary<T, double> worth = [];
        foreach ((T answer, double value) in answers) worth[answer] = worth.GetValueOrDefault(answer) + value;
        if (worth.Count == 0) throw new InvalidDataException(nothing);
        (T best, double total) = worth.MaxBy(w => w.Value);
        return (best, total);
    }
}
