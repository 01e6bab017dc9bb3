namespace Das.Benchmarks.Tasks;

/// <summary>A benchmark of texts to be continued. What a model answers by continuing a query is read from the continuation.</summary>
public abstract class LanguageBenchmark : Benchmark
{
    public sealed override TaskKind Task => TaskKinds.Language;

    /// <summary>How many ids the published evaluation generates at most.</summary>
    public abstract int MaxNewTokens { get; }

    /// <summary>Reads an answer.</summary>
    /// <param name="sample">What was asked.</param>
    /// <param name="continuation">What the model added to the query, without it.</param>
    public abstract Judgement Judge(LanguageSample sample, string continuation);

    /// <summary>The model's answer: where choices are compared as texts the likeliest, where the answer is measured its likelihood, else what it
    /// wrote.</summary>
    /// <param name="sample">What was asked.</param>
    /// <param name="continuation">What the model added to the query.</param>
    /// <param name="likelihoods">The logarithm of each choice's probability.</param>
    public Judgement Judge(LanguageSample sample, string continuation, IReadOnlyList<double> likelihoods) => sample.MeasuresAnswer
        ? new(likelihoods.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"likelihood {likelihoods[0]:0.0} nats"), false, false)
        : sample.ComparesTexts ? Judgement.OfLetter(sample.Expected, sample.Likeliest(likelihoods, perCharacter: false))
        : Judge(sample, continuation);

    /// <summary>Scores beside the accuracy, in the order in which they are published: by group, or by another measure; none where there are none.</summary>
    public virtual IReadOnlyList<(string Name, MeanScore Score)> Breakdown(IEnumerable<(LanguageSample Sample, Judgement Judgement)> judged) => [];

    /// <summary>What those who look at no question reach: the training split's commonest letter, and any letter, where there are choices.</summary>
    /// <param name="train">The training split.</param>
    /// <param name="asked">The split that is scored.</param>
    /// <returns>Baseline → its accuracy on <paramref name="asked"/>.</returns>
    public virtual IReadOnlyDictionary<string, double> Baselines(LanguageTable train, LanguageTable asked) => asked.Chance() is > 0 and var chance
        ? new Dictionary<string, double> { ["majorityAnswer"] = asked.Always(train.Majority().Answer).Mean, ["chance"] = chance }
        : [];
}
