namespace Das.Tests.Reports;

public class RunScoresTests
{
    [Fact]
    public void Scores_are_told_apart_from_baselines_and_costs_and_the_telling_one_comes_first()
    {
        IReadOnlyList<Metric> metrics = FlatMetrics.Read(new Dictionary<string, double>
        {
            ["aucHigh"] = 0.6, ["accuracy"] = 0.5, ["accuracyLow"] = 0.4, ["accuracyHigh"] = 0.6, ["devAccuracy"] = 0.45, ["devAccuracyLow"] = 0.4,
                ["devAccuracyHigh"] = 0.5,
            ["majorityAnswer"] = 0.3, ["macsFull"] = 1e9, ["totalParameters"] = 1e6,
        });
        RunScores scores = RunScores.Of(metrics);
        Assert.Equal(new Metric("accuracy", 0.5, 0.4, 0.6), scores.Key);
        Assert.Equal(["accuracy", "devAccuracy"], scores.Measured.Select(score => score.Name));
        Assert.Equal(["aucHigh", "majorityAnswer"], scores.Baselines.Select(score => score.Name));
        Assert.Equal(["totalParameters", "macsFull"], scores.Costs.Select(score => score.Name));
        Assert.Equal(metrics.ToHashSet(), FlatMetrics.Read(metrics.Flat()).ToHashSet());
    }

    [Fact]
    public void Whether_more_of_a_metric_is_better_is_said_by_the_kind_of_task_whatever_the_reports_age() => Assert.Equal(
        [("accuracy", true), ("unanswered", false)],
        new EvaluationReport { Task = "language", Metrics = new Dictionary<string, MeasuredScore> { ["accuracy"] = new(.5, [.4, .6]), ["unanswered"] =
            new(.2, [.1, .3]) } }
            .Numbers().Select(metric => (metric.Name, metric.HigherIsBetter)));
}
