namespace Das.Evaluate;

/// <summary>Questions: the mean soft score of the arg-max answers, and the benchmark's submission file (method §2.8).</summary>
internal static class VqaEvaluation
{
    public static EvaluationResult Run(Evaluation evaluation)
    {
        DatasetManifest dataset = evaluation.Dataset;
        using ITaskSplit split = evaluation.Open(evaluation.Recipe.Evaluate.Split);
        int[] predicted = Classification.Predict(evaluation, split, "questions answered");

        using VqaTable table = dataset.OpenSplit(evaluation.Recipe.Evaluate.Split);
        float[] scores = [.. predicted.Select((answer, i) => VqaScore.Of(table[i], answer))];
        evaluation.WritePredictions(predicted.Select((answer, i) => Line(table[i], dataset.Answers[answer], scores[i])));
        VqaSubmission.Write(evaluation.Workspace.File(Evaluation.SubmissionFile),
            predicted.Select((answer, i) => (table[i].QuestionId, dataset.Answers[answer])));

        bool answered = Enumerable.Range(0, table.Count).Any(i => table[i].Labels.Count > 0);
        string[] files = [Evaluation.PredictionsFile, Evaluation.SubmissionFile];
        if (!answered) return new(files, predicted.Length, new Dictionary<string, MeanScore>(), new Dictionary<string, double>());
        using VqaTable train = dataset.OpenSplit("train");
        return new(files, predicted.Length,
            new Dictionary<string, MeanScore> { ["accuracy"] = MeanScore.Of([.. scores.Select(score => (double)score)]) },
            new Dictionary<string, double> { ["majorityAnswer"] = MajorityAnswer.Of(train).Score(table).Mean });
    }

    private static object Line(VqaSample sample, string answer, float score) => new
    {
        question_id = sample.QuestionId,
        image_id = sample.ImageId,
        question = sample.Question,
        answer,
        expected = sample.Answers,
        score,
    };
}
