using Das.Benchmarks.Catalog;
using Das.Models.Generation;

namespace Das.Evaluate;

/// <summary>
/// Texts to be continued (method §4.7): the answer is read from what the model writes after the query and, where there are choices, also
/// taken from the one it finds likeliest, as lm-evaluation-harness does.
/// </summary>
internal sealed class LanguageEvaluation
{
    private readonly Evaluation evaluation;
    private readonly LanguageBenchmark benchmark;
    private readonly LanguageModel model;
    private readonly LanguagePreparation preparation;
    private readonly GenerationOptions options;
    private readonly LanguageTable table;

    private sealed record Answered(string Continuation, Judgement Judgement, double[] Likelihoods);

    public static EvaluationResult Run(Evaluation evaluation)
    {
        string split = evaluation.Recipe.Evaluate.Split;
        using LanguageTable table = evaluation.Dataset.OpenLanguage(split);
        using LanguagePreparation preparation = ((LanguageData)evaluation.Data).Prepare(split);
        return new LanguageEvaluation(evaluation, table, preparation).Score();
    }

    private LanguageEvaluation(Evaluation evaluation, LanguageTable table, LanguagePreparation preparation)
    {
        (this.evaluation, this.table, this.preparation, model) = (evaluation, table, preparation, (LanguageModel)evaluation.Model);
        benchmark = (LanguageBenchmark)BenchmarkCatalog.Get(evaluation.Dataset.Benchmark);
        EvaluateRecipe recipe = evaluation.Recipe.Evaluate;
        options = new(recipe.MaxNewTokens > 0 ? recipe.MaxNewTokens : benchmark.MaxNewTokens, preparation.Texts.Tokenizer.EosId)
        {
            Temperature = recipe.Temperature,
            TopP = recipe.TopP,
            Seed = Seeds.Of(evaluation.Recipe.Seed, "generate", 0),
        };
    }

    private EvaluationResult Score()
    {
        LanguageSample[] samples = [.. Enumerable.Range(0, table.Count).Select(i => table[i])];
        Answered[] answered = Answer(samples);
        evaluation.WritePredictions(samples.Zip(answered, Line));

        Dictionary<string, MeanScore> metrics = new() { ["accuracy"] = MeanScore.Of(answered.Select(a => a.Judgement.Right)) };
        if (samples.Any(sample => sample.Choices.Count > 0)) AddChoices(samples, answered, metrics);
        else metrics["publishedAccuracy"] = MeanScore.Of(answered.Select(a => a.Judgement.RightAsPublished));
        metrics["unanswered"] = MeanScore.Of(answered.Select(a => a.Judgement.Answer is null));
        foreach ((string name, MeanScore score) in benchmark.Breakdown(samples.Zip(answered, (sample, a) => (sample, a.Judgement)))) metrics[name] = score;
        using LanguageTable train = evaluation.Dataset.OpenLanguage("train");
        return new([Evaluation.PredictionsFile], samples.Length, metrics, benchmark.Baselines(train, table));
    }

    private static void AddChoices(LanguageSample[] samples, Answered[] answered, Dictionary<string, MeanScore> metrics)
    {
        metrics["likelihoodAccuracy"] = Likeliest((sums, _) => Likelihood.Best(sums));
        metrics["likelihoodAccuracyNorm"] = Likeliest((sums, sample) => Likelihood.BestPerLength(sums, [.. sample.Choices.Select(choice => choice.Length)]));

        MeanScore Likeliest(Func<double[], LanguageSample, int> best) => MeanScore.Of(samples.Zip(answered).Where(pair => pair.First.Choices.Count > 0)
            .Select(pair => pair.First.Letters[best(pair.Second.Likelihoods, pair.First)] == pair.First.Expected));
    }

    /// <summary>Queries of like length share a batch, so that little of it is padding.</summary>
    private Answered[] Answer(LanguageSample[] samples)
    {
        int[][] queries = [.. samples.AsParallel().AsOrdered().Select(sample => preparation.Texts.Query(sample))];
        Answered[] answered = new Answered[samples.Length];
        int done = 0;
        foreach (int[] group in Enumerable.Range(0, samples.Length).OrderBy(i => queries[i].Length).Chunk(evaluation.Recipe.Evaluate.Batch))
        {
            evaluation.Cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            TokenBatch prompts = preparation.Batch([.. group.Select(i => queries[i])], preparation.Pictures(table, group));
            IReadOnlyList<int[]> written = TextGenerator.Continue(model, prompts, options, evaluation.Cancellation);
            IReadOnlyList<double[]> likelihoods = Likelihood.Of(model, prompts, [.. group.Select(i =>
                samples[i].Choices.Select(choice => preparation.Texts.Choice(samples[i], choice)).ToArray())]);
            for (int row = 0; row < group.Length; row++)
            {
                string continuation = preparation.Texts.Tokenizer.DecodeContinuation(written[row]);
                answered[group[row]] = new(continuation, benchmark.Judge(samples[group[row]], continuation), likelihoods[row]);
            }
            evaluation.Workspace.Report(done += group.Length, samples.Length, "questions answered");
        }
        return answered;
    }

    private static object Line(LanguageSample sample, Answered answered) => new
    {
        id = sample.Id,
        query = sample.Query,
        continuation = answered.Continuation,
        answer = answered.Judgement.Answer,
        expected = sample.Expected,
        score = answered.Judgement.Right ? 1 : 0,
        letters = sample.Letters,
        likelihoods = answered.Likelihoods,
    };
}
