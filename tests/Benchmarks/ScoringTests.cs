using System.Text.Json;
using Das.Benchmarks.Arrow;
using Das.Benchmarks.Scoring;
using Das.Tests.Ingest;

namespace Das.Tests.Benchmarks;

public sealed class ScoringTests
{
    [Fact]
    public void The_interval_is_the_mean_and_1_96_standard_errors()
    {
        VqaScore score = VqaScore.Of([1, 0, 1, 1]);
        Assert.Equal(0.75, score.Mean);
        Assert.Equal(0.75 - 1.959963984540054 * 0.5 / 2, score.Low, 12); // s = 0.5, n = 4
        Assert.Equal(1, score.High);
        Assert.Equal(new VqaScore(0, 0, 0, 0), VqaScore.Of([]));
        Assert.Equal(new VqaScore(1, 1, 1, 1), VqaScore.Of([1]));
    }

    [Fact]
    public void An_answer_is_worth_its_soft_score_and_nothing_if_nobody_gave_it()
    {
        VqaSample question = new(default, "1", "?", 1, [5, 2], [0.9f, 0.3f], ["a", "b"]);
        Assert.Equal(0.3f, VqaScore.Of(question, 2));
        Assert.Equal(0f, VqaScore.Of(question, 3));
    }

    [Fact]
    public void The_majority_answer_is_worth_most_in_training_and_scored_on_test()
    {
        using TemporaryFolder folder = new();
        VqaTable Table(string name, params (int[] Labels, double[] Scores)[] questions)
        {
            using VqaTableWriter writer = new(folder[name]);
            writer.Add(new(new byte[1], 1, "train", [.. questions.Select((q, i) => new VqaQuestion(i, "?", [.. q.Labels.Select(l => $"{l}")], q.Labels, q.Scores))]));
            writer.Complete();
            return new(folder[name]);
        }
        using VqaTable train = Table("a", ([1], [1.0]), ([2, 1], [1.0, 0.3]), ([2], [0.6]), ([2], [0.3]));
        using VqaTable test = Table("b", ([2], [1.0]), ([1], [1.0]));
        var majority = MajorityAnswer.Of(train);
        Assert.Equal(2, majority.Label);
        Assert.Equal(1.9 / 4, majority.Share, 6);
        Assert.Equal(0.5, majority.Score(test).Mean);
    }

    [Fact]
    public void A_submission_is_a_json_list_indented_by_four()
    {
        using TemporaryFolder folder = new();
        VqaSubmission.Write(folder["s.json"], [(7, "t shirt"), (9, "don't \"know\" é")]);
        string text = File.ReadAllText(folder["s.json"]);
        Assert.StartsWith("[\n    {\n        \"question_id\": 7,\n        \"answer\": \"t shirt\"\n    },", text);
        Assert.Equal("don't \"know\" é", JsonDocument.Parse(text).RootElement[1].GetProperty("answer").GetString());
    }
}
