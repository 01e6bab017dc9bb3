namespace Das.Tests.Reports;

public sealed class EvaluationComparisonTests : IDisposable
{
    private readonly EvaluatedRuns runs = new();

    public void Dispose() => runs.Dispose();

    private PairedComparison Compare(Guid before, Guid after, string metric = "accuracy") =>
        runs.Get<EvaluationComparison>().Compare(runs.Evaluated(before), runs.Evaluated(after), metric, Token);

    private static double[] Scores(string rights) => [.. rights.Select(right => right == '1' ? 1.0 : 0)];

    [Fact]
    public void Two_runs_on_the_same_questions_get_McNemars_test()
    {
        ArtifactRef dataset = runs.Dataset();
        PairedComparison compared = Compare(runs.Add(dataset, Scores("1111111100")), runs.Add(dataset, Scores("0000000011")));
        Assert.Equal((0.8, 0.2, 10, null), (compared.Before, compared.After, compared.Questions, compared.Why));
        Assert.Equal(0.109375, compared.PValue!.Value, 12); // 2 gained, 8 lost
        Assert.Equal(-0.6, compared.Test!.Difference, 12);
    }

    [Fact]
    public void An_unchanged_evaluation_does_not_differ()
    {
        ArtifactRef dataset = runs.Dataset();
        Assert.Equal(1, Compare(runs.Add(dataset, Scores("1010")), runs.Add(dataset, Scores("1010"))).PValue);
    }

    [Fact]
    public void The_same_data_ingested_twice_are_the_same_questions() =>
        Assert.NotNull(Compare(runs.Add(runs.Dataset(), Scores("1010")), runs.Add(runs.Dataset(), Scores("1110"))).PValue);

    [Fact]
    public void Recall_is_compared_at_its_own_rank_over_its_own_queries()
    {
        ArtifactRef dataset = runs.Dataset();
        string[] Lines(params int[] ranks) =>
        [
            .. ranks.Select((rank, i) => $$"""{"query":"caption","caption":"c{{i}}","image_id":"{{i}}.jpg","rank":{{rank}}}"""),
            """{"query":"image","image_id":"0.jpg","rank":0}""",
        ];
        Guid a = runs.Add(dataset, Lines(0, 3, 7), "retrieval", [new("irRecall1", 1 / 3.0), new("irRecall5", 2 / 3.0), new("trRecall1", 1)]),
            b = runs.Add(dataset, Lines(1, 2, 3), "retrieval", [new("irRecall1", 0), new("irRecall5", 1), new("trRecall1", 1)]);
        Assert.Equal((1 / 3.0, 0.0, 3), Means("irRecall1"));
        Assert.Equal((2 / 3.0, 1.0, 3), Means("irRecall5"));
        Assert.Equal((1.0, 1.0, 1), Means("trRecall1"));

        (double?, double?, int) Means(string metric) =>
            Compare(a, b, metric) is var compared ? (compared.Before, compared.After, compared.Questions) : default;
    }

    [Fact]
    public void Sentences_of_the_test_split_and_of_the_development_split_are_told_apart()
    {
        ArtifactRef dataset = runs.Dataset();
        string[] lines = [.. new[] { "test", "dev", "dev" }.Select((split, i) =>
            $$"""{"split":"{{split}}","identifier":"p{{i}}","sentence":"s","answer":true,"expected":true,"score":1}""")];
        Guid a = runs.Add(dataset, lines, "nlvr2", [new("accuracy", 1), new("devAccuracy", 1)]),
            b = runs.Add(dataset, lines, "nlvr2", [new("accuracy", 1), new("devAccuracy", 1)]);
        Assert.Equal((1, 2), (Compare(a, b).Questions, Compare(a, b, "devAccuracy").Questions));
    }

    [Fact]
    public void Other_questions_are_no_pair()
    {
        ArtifactRef dataset = runs.Dataset();
        Guid run = runs.Add(dataset, Scores("1010"));
        Refused("do not cover the same questions (4 and 3).", run, runs.Add(dataset, Scores("101")));
        Refused("do not cover the same questions (4 and 4).", run,
            runs.Add(dataset, EvaluatedRuns.Lines(Scores("1010"), first: 1), "vqa", [new("accuracy", .5)]));
    }

    [Fact]
    public void Another_split_or_dataset_is_named()
    {
        ArtifactRef dataset = runs.Dataset();
        Guid run = runs.Add(dataset, Scores("10"));
        Refused("is an evaluation on the split 'test' and run", run,
            runs.Add(dataset, EvaluatedRuns.Lines(Scores("10")), "vqa", [new("accuracy", .5)], split: "val"));
        ArtifactRef other = runs.Dataset(rows: new TableRow(new VqaRow(5, "test", [new(5, "?", ["red"], [0], [1])]), EvaluatedRuns.Png(5)));
        Refused("were evaluated on different datasets", run, runs.Add(other, Scores("10")));
    }

    [Fact]
    public void A_metric_that_is_none_of_single_questions_keeps_its_means()
    {
        ArtifactRef dataset = runs.Dataset();
        Guid a = runs.Add(dataset, EvaluatedRuns.Lines(Scores("10")), "vqa", [new("f1", .25)]),
            b = runs.Add(dataset, EvaluatedRuns.Lines(Scores("10")), "vqa", [new("f1", .5)]);
        PairedComparison compared = Compare(a, b, "f1");
        Assert.Equal(new PairedComparison(.25, .5, null, 0,
            "The predictions do not say what each question contributes to f1, so there is no paired test of it."), compared);
        Refused("has no metric 'accuracy'.", a, b);
    }

    [Fact]
    public void What_is_missing_or_damaged_is_a_sentence()
    {
        ArtifactRef dataset = runs.Dataset();
        Guid run = runs.Add(dataset, Scores("10"));
        Refused("line 1, is no prediction: ", run, runs.Add(dataset, ["nonsense"], "vqa", [new("accuracy", .5)]));
        Guid cut = runs.Add(dataset, Scores("10"));
        string path = Directory.GetFiles(Path.Combine(runs.Home, "artifacts", "evaluate"), ResultFiles.Predictions, SearchOption.AllDirectories)
            .OrderBy(File.GetCreationTimeUtc).Last();
        File.WriteAllText(path, "");
        Refused("has changed since it was written", run, cut);
        File.Delete(path);
        Refused("is no longer in the store", run, cut);
    }

    private void Refused(string sentence, Guid before, Guid after)
    {
        PairedComparison compared = Compare(before, after);
        Assert.Equal((null, 0), (compared.PValue, compared.Questions));
        Assert.Contains(sentence, compared.Why);
    }
}
