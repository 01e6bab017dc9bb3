namespace Das.Evaluate;

/// <summary>Sentences about pairs: accuracy on the split asked for and, beside the test split, on the development split (method §2.8).</summary>
internal static class PairEvaluation
{
    private const string Test = "test", Development = "dev";

    public static EvaluationResult Run(Evaluation evaluation)
    {
        string asked = evaluation.Recipe.Evaluate.Split;
        bool both = asked == Test && evaluation.Dataset.Splits.ContainsKey(Development);
        Dictionary<string, MeanScore> metrics = [];
        List<object> lines = [];
        foreach (string split in both ? [asked, Development] : new[] { asked })
        {
            using PairTable table = evaluation.Dataset.OpenPairs(split);
            bool[] predicted = Predict(evaluation, split);
            metrics[split == asked ? "accuracy" : "devAccuracy"] = MeanScore.Of(predicted.Select((answer, i) => answer == table[i].Label));
            lines.AddRange(predicted.Select((answer, i) => Line(split, table[i], answer)));
        }
        evaluation.WritePredictions(lines);
        using PairTable train = evaluation.Dataset.OpenPairs("train"), scored = evaluation.Dataset.OpenPairs(asked);
        return new([Evaluation.PredictionsFile], lines.Count, metrics,
            new Dictionary<string, double> { ["majorityAnswer"] = MajorityLabel.Of(train).Score(scored).Mean });
    }

    private static bool[] Predict(Evaluation evaluation, string split)
    {
        using ITaskSplit samples = evaluation.Open(split);
        return [.. Classification.Predict(evaluation, samples, $"sentences of {split} judged").Select(label => label == 1)];
    }

    private static object Line(string split, PairSample sample, bool answer) => new
    {
        split,
        identifier = sample.Identifier,
        sentence = sample.Sentence,
        answer,
        expected = sample.Label,
        score = answer == sample.Label ? 1 : 0,
    };
}
