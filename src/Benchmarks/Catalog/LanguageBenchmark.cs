using Das.Benchmarks.Arrow;
using Das.Benchmarks.Scoring;

namespace Das.Benchmarks.Catalog;

/// <summary>A benchmark of texts to be continued. What a model answers by continuing a query is read from the continuation.</summary>
public abstract class LanguageBenchmark : Benchmark
{
    public sealed override BenchmarkTask Task => BenchmarkTask.Language;
    public sealed override string Metric => "accuracy";

    /// <summary>How many ids the published evaluation generates at most.</summary>
    public abstract int MaxNewTokens { get; }

    /// <summary>Reads an answer.</summary>
    /// <param name="sample">What was asked.</param>
    /// <param name="continuation">What the model added to the query, without it.</param>
    public abstract Judgement Judge(LanguageSample sample, string continuation);

    /// <summary>The score by group, in the order in which it is published; none where the benchmark has no groups.</summary>
    public virtual IReadOnlyList<(string Name, MeanScore Score)> Breakdown(IEnumerable<(LanguageSample Sample, bool Right)> judged) => [];
}
