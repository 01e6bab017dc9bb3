namespace Das.Tests.Reports;

public sealed class RunComparisonTests : IDisposable
{
    private readonly EvaluatedRuns runs = new();
    private readonly ArtifactRef dataset;

    public RunComparisonTests() => dataset = runs.Dataset();

    public void Dispose() => runs.Dispose();

    private RunComparison Compare(Guid? against, params Guid[] ids) =>
        runs.Get<RunComparisons>().Compare([.. ids.Select(runs.Evaluated)], against, Token);

    [Fact]
    public void Settings_that_differ_are_told_from_those_that_do_not()
    {
        RunComparison compared = Compare(null, runs.Add(dataset, [1, 0]),
            runs.Add(dataset, [1, 1], recipe => recipe with { Seed = 3, Finetune = recipe.Finetune with { Epochs = 2 } }));
        Assert.Equal([("finetune.epochs", "10", "2"), ("seed", "0", "3")], compared.Settings.Where(setting => setting.Differs)
            .Select(setting => (setting.Path, setting.Values[0], setting.Values[1])).Order());
        Assert.Contains(compared.Settings, setting => setting is { Path: "search.skip", Differs: false });
    }

    [Fact]
    public void Each_score_stands_beside_its_difference_from_the_base_and_the_paired_test()
    {
        Guid a = runs.Add(dataset, [1, 0, 0, 0]), b = runs.Add(dataset, [1, 1, 1, 0]);
        RunComparison compared = Compare(null, a, b);
        ComparedMetric accuracy = Assert.Single(compared.Scores);
        Assert.Equal(("accuracy", null, null), (accuracy.Name, accuracy.Values[0]!.Delta, accuracy.Values[0]!.Paired));
        Assert.Equal((.75, .65, .5, .5), (accuracy.Values[1]!.Value, accuracy.Values[1]!.Low, accuracy.Values[1]!.Delta, accuracy.Values[1]!.Paired!.PValue));
        Assert.Equal(-.5, Compare(b, a, b).Scores[0].Values[0]!.Delta);
        Assert.Equal(["macsFull", "macsSkipped"], compared.Costs.Select(cost => cost.Name));
        Assert.Empty(compared.Notes);
    }

    [Fact]
    public void Several_tests_come_with_what_their_p_values_do_not_say_and_a_missing_one_with_why()
    {
        Guid a = runs.Add(dataset, [1, 0]), b = runs.Add(dataset, [1, 1]), c = runs.Add(dataset, [0, 1]), other = runs.Add(dataset, [1, 0, 1]);
        RunComparison compared = Compare(null, a, b, c, other);
        Assert.Equal(2, compared.Notes.Count);
        Assert.Contains("is not corrected for the others", compared.Notes[0]);
        Assert.Contains("do not cover the same questions", compared.Notes[1]);
    }

    [Fact]
    public void The_plot_has_a_point_a_run_and_takes_the_pages_colour()
    {
        RunComparison compared = Compare(null, runs.Add(dataset, [1, 0]),
            runs.Add(dataset, [1, 1], recipe => recipe with { Search = new() { Strategy = "random", Skip = 1 } }));
        IReadOnlyList<ScorePoint> points = RunComparisons.Points(compared, "accuracy");
        Assert.Equal([("DAS", "A", 50e6, .5), ("random", "B", 50e6, 1)], points.Select(point => (point.Series, point.Label, point.Macs, point.Score)));
        string picture = ScorePlot.InPage(points, "<script>alert(1)</script>", 600, 400), words = ScorePlot.InWords(points, "accuracy");
        string[] texts = [.. XElement.Parse(picture).Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value.Trim())];
        Assert.All(["A", "B", "DAS", "random", "MACs of one sample (G)", "<script>alert(1)</script> (%)"], text => Assert.Contains(text, texts));
        Assert.Equal("0 0 600 400", (string?)XElement.Parse(picture).Attribute("viewBox"));
        Assert.Contains("currentColor", picture);
        Assert.DoesNotContain("<script", picture);
        Assert.DoesNotContain("white", picture, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("accuracy against multiply-accumulates of one sample. A (DAS): 50.00 % at 0.05 G; B (random): 100.00 % at 0.05 G.", words);
    }

    [Fact]
    public async Task Questions_are_filtered_by_who_is_right_and_paged()
    {
        EvaluatedRun a = runs.Evaluated(runs.Add(dataset, [1, 1, 0, 0])), b = runs.Evaluated(runs.Add(dataset, [1, 0, 1, 0]));
        Assert.Equal(["0", "1", "2", "3"], Ids(DifferenceFilter.All, 0, 25));
        Assert.Equal(["1"], Ids(DifferenceFilter.OnlyA, 0, 25));
        Assert.Equal(["2"], Ids(DifferenceFilter.OnlyB, 0, 25));
        Assert.Equal(["3"], Ids(DifferenceFilter.BothWrong, 0, 25));
        Assert.Equal(["2", "3"], Ids(DifferenceFilter.All, 2, 25));
        Assert.Equal(["1"], Ids(DifferenceFilter.All, 1, 1));
        DifferencePage page = await Task.Run(() => Page(DifferenceFilter.OnlyA, 0, 5));
        Assert.Equal((4, 1, 1, 1, false), (page.Counts[DifferenceFilter.All], page.Counts[DifferenceFilter.OnlyA], page.Counts[DifferenceFilter.OnlyB],
            page.Counts[DifferenceFilter.BothWrong], page.Graded));
        QuestionDifference question = page.Questions[0];
        Assert.Equal(("which colour 1?", "red, rose", "red", 1.0, "blue", 0.0),
            (question.Question, question.Expected, question.AnswerA, question.ScoreA, question.AnswerB, question.ScoreB));
        Assert.Equal([$"/api/runs/{a.Id}/examples/0/image?split=test&picture=0"], question.Images);

        DifferencePage Page(DifferenceFilter filter, int skip, int take) => runs.Get<QuestionDifferences>().Page(a, b, "accuracy", filter, skip, take, Token);
        string[] Ids(DifferenceFilter filter, int skip, int take) => [.. Page(filter, skip, take).Questions.Select(one => one.Id)];
    }

    [Fact]
    public void Graded_questions_go_to_the_run_that_scores_more_and_a_lost_dataset_costs_only_the_pictures()
    {
        EvaluatedRun a = runs.Evaluated(runs.Add(dataset, [.9, .3, 0])), b = runs.Evaluated(runs.Add(dataset, [.6, .3, .3]));
        DifferencePage page = runs.Get<QuestionDifferences>().Page(a, b, "accuracy", DifferenceFilter.OnlyA, 0, 5, Token);
        Assert.Equal((true, 1, 1, 0), (page.Graded, page.Counts[DifferenceFilter.OnlyA], page.Counts[DifferenceFilter.OnlyB],
            page.Counts[DifferenceFilter.BothWrong]));
        Assert.Null(page.Note);

        EvaluatedRuns lost = runs;
        EvaluatedRun c = lost.Evaluated(lost.Add(lost.Dataset(), [1, 0])), d = lost.Evaluated(lost.Add(lost.Dataset(), [0, 0]));
        foreach (string table in Directory.GetFiles(Path.Combine(lost.Home, "artifacts", "ingest"), "test.arrow", SearchOption.AllDirectories))
            File.Delete(table);
        DifferencePage without = lost.Get<QuestionDifferences>().Page(c, d, "accuracy", DifferenceFilter.OnlyA, 0, 5, Token);
        Assert.Empty(without.Questions.Single().Images);
        Assert.Contains("is no longer in the store. Run its recipe again", without.Note);
    }
}
