namespace Das.Tests.Benchmarks;

public sealed class ScoringTests : FolderTest
{
    [Fact]
    public void The_interval_is_the_mean_and_1_96_standard_errors()
    {
        MeanScore score = MeanScore.Of([1f, 0f, 1f, 1f]);
        Assert.Equal(0.75, score.Mean);
        Assert.Equal(0.75 - 1.959963984540054 * 0.5 / 2, score.Low, 12); // s = 0.5, n = 4
        Assert.Equal(1, score.High);
        Assert.Equal(score, MeanScore.Of([true, false, true, true]));
        Assert.Equal(new MeanScore(0, 0, 0, 0), MeanScore.Of(Array.Empty<double>()));
        Assert.Equal(new MeanScore(1, 1, 1, 1), MeanScore.Of([1f]));
    }

    [Fact]
    public void An_answer_is_worth_its_soft_score_and_nothing_if_nobody_gave_it()
    {
        VqaSample question = new(default, "1", "?", 1, [5, 2], [0.9f, 0.3f], ["a", "b"]);
        Assert.Equal(0.3f, question.Worth(2));
        Assert.Equal(0f, question.Worth(3));
    }

    [Fact]
    public void The_majority_answer_is_worth_most_in_training_and_scored_on_test()
    {
        VqaTable Table(string name, params (int[] Labels, double[] Scores)[] questions)
        {
            VqaRow row = new(1, "train", [.. questions.Select((q, i) => new VqaQuestion(i, "?", [.. q.Labels.Select(l => $"{l}")], q.Labels, q.Scores))]);
            return new(Tables.Write(folder[name], TaskKinds.Vqa, [new(row, new byte[1])]));
        }
        using VqaTable train = Table("a", ([1], [1.0]), ([2, 1], [1.0, 0.3]), ([2], [0.6]), ([2], [0.3]));
        using VqaTable test = Table("b", ([2], [1.0]), ([1], [1.0]));
        var majority = train.Majority();
        Assert.Equal(2, majority.Answer);
        Assert.Equal(1.9 / 4, majority.Share, 6);
        Assert.Equal(0.5, test.Always(majority.Answer).Mean);
    }

    [Fact]
    public void The_majority_label_is_the_more_frequent_one_in_training_and_scored_on_test()
    {
        PairTable Table(string name, params bool?[] labels) =>
            new(Tables.Write(folder[name], TaskKinds.Pairs,
                [new(new PairRow("p", [.. labels.Select(l => new PairSentence("s", l))]), new byte[1], new byte[1])]));
        using PairTable train = Table("a", true, true, false, null), test = Table("b", true, false, false, null, false), withheld = Table("c", null, null),
            even = Table("d", true, false);
        Assert.Equal(new Majority<bool>(true, 2 / 3.0), train.Majority());
        Assert.Equal((4, 0.25), (test.Always(train.Majority().Answer).Count, test.Always(train.Majority().Answer).Mean));
        Assert.False(even.Majority().Answer);
        Refuses.Data("no labels", () => withheld.Majority());
    }

    [Fact]
    public void Every_query_of_a_retrieval_is_a_hit_or_a_miss()
    {
        float[] scores =
        [
            0.9f, 0.1f, 0.5f,
            0.8f, 0.2f, 0.5f,
        ];
        Recall recall = Recall.Of(scores, [7, 8], [7, 8, 8]); // Texts 1 and 2 describe the second image.
        Assert.Equal([0, 0, 1], recall.ImageRanks); // Text 2 scores both images alike: the first stands first.
        Assert.Equal([0, 1], recall.TextRanks);
        Assert.Equal((3, 2 / 3.0), (recall.Image(1).Count, recall.Image(1).Mean));
        Assert.Equal((2, 0.5), (recall.Text(1).Count, recall.Text(1).Mean));
        Assert.Equal([2 / 3.0, 1, 1, 0.5, 1, 1], recall.Shares());
        Assert.Equal(0, Recall.Of(scores, [7, 9], [7, 8, 8]).Text(3).Mean - 0.5); // An image without texts finds none.
    }

    [Fact]
    public void Chance_is_what_all_rankings_give_on_average()
    {
        long[] images = [0, 1, 2], texts = [0, 0, 1, 2, 2];
        double[] byChance = new double[4];
        long[][] orders = [.. Orders([0, 1, 2, 3, 4])];
        foreach (long[] order in orders)
        {
            float[] scores = new float[15];
            for (int i = 0; i < 3; i++)
                for (int t = 0; t < 5; t++) scores[i * 5 + t] = order[t];
            Recall recall = Recall.Of(scores, images, texts);
            for (int k = 1; k <= 4; k++) byChance[k - 1] += recall.Text(k).Mean / orders.Length;
        }
        for (int k = 1; k <= 4; k++) Assert.Equal(byChance[k - 1], RecallChance.Text([2, 1, 2], k), 5);
        Assert.Equal((0.05, 1.0), (RecallChance.Image(100, 5), RecallChance.Image(4, 10)));
        Assert.Equal(1, RecallChance.Text([1, 1], 10));
    }

    private static IEnumerable<long[]> Orders(long[] items) =>
        items.Length <= 1 ? [items] : items.SelectMany(first => Orders([.. items.Where(i => i != first)]).Select(rest => (long[])[first, .. rest]));

    [Fact]
    public void A_submission_is_a_json_list_indented_by_four()
    {
        VqaPrediction Said(long question, string answer) => new(question, "1", "?", answer, [], 0);
        Assert.True(TaskKinds.Vqa.WriteSubmission(folder["s.json"], [Said(7, "t shirt"), Said(9, "don't \"know\" é")]));
        string text = File.ReadAllText(folder["s.json"]);
        Assert.StartsWith("[\n    {\n        \"question_id\": 7,\n        \"answer\": \"t shirt\"\n    },", text);
        Assert.Equal("don't \"know\" é", JsonDocument.Parse(text).RootElement[1].GetProperty("answer").GetString());
    }
}
