namespace Das.Tests.Parity;

/// <summary>SLAKE's and AID's metrics, answer by answer and in all; values in percent, and BLEU below 1e-100 counts as 0.</summary>
internal static class OpenAnswerParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        double tolerance = json.GetProperty("tolerance").GetProperty("float").GetProperty("abs").GetDouble();
        OpenAnswer[] slake = Answers(json.GetProperty("slake")), aid = Answers(json.GetProperty("aid"));
        JsonElement[] items = [.. json.GetProperty("slake").GetProperty("expected_items").EnumerateArray()];
        Assert.Equal(items.Length, slake.Length);
        for (int i = 0; i < items.Length; i++)
        {
            Assert.Equal((Text(items[i], "gt_normalised"), Text(items[i], "pred_normalised")),
                (OpenAnswer.Normal(slake[i].Expected), OpenAnswer.Normal(slake[i].Answer)));
            Assert.Equal(items[i].GetProperty("gt_in_pred").GetBoolean(), slake[i].HitAsPublished);
            var overlap = TokenOverlap.Of(slake[i].Answer, slake[i].Expected);
            Close([.. new[] { "exact", "f1", "precision", "recall" }.Select(k => items[i].GetProperty(k).GetDouble())],
                [overlap.Exact, overlap.F1, overlap.Precision, overlap.Recall]);
            string[] said = OpenAnswer.Normal(slake[i].Answer).Split(' '), wanted = OpenAnswer.Normal(slake[i].Expected).Split(' ');
            Close(Doubles(items[i].GetProperty("bleu")), [.. SentenceBleu.PublishedWeights.Select(w => SentenceBleu.Of(said, wanted, w))]);
        }
        OpenAnswerScores scores = OpenAnswerScores.Of(slake);
        JsonElement table = json.GetProperty("slake").GetProperty("expected_table_percent");
        Close(
            [.. new[] { "exact match score", "f1 score", "precision", "recall", "bleu_score", "bleu_score_1", "bleu_score_2", "bleu_score_3", "open accuracy",
                "yes/no accuracy" }.Select(k => table.GetProperty(k).GetDouble() / 100)],
            [scores.ExactAsPublished.Mean, scores.F1.Mean, scores.Precision.Mean, scores.Recall.Mean, .. scores.Bleu.Select(b => b.Mean),
                scores.OpenHitsAsPublished.Mean, scores.ClosedHitsAsPublished.Mean]);
        Close([json.GetProperty("aid").GetProperty("expected_table_percent").GetProperty("yes/no accuracy").GetDouble() / 100],
            [MeanScore.Of(aid.Select(a => a.Same)).Mean]);

        foreach (JsonElement pair in json.GetProperty("normalisation").EnumerateArray())
        {
            Assert.Equal(Text(pair, "normalised"), AnswerNormalizer.Normalize(Text(pair, "in")));
            Assert.Equal(Text(pair, "lower_then_normalised"), OpenAnswer.Normal(Text(pair, "in")));
        }
        foreach (JsonElement pair in json.GetProperty("token_metrics").EnumerateArray())
        {
            var overlap = TokenOverlap.Of(Text(pair, "candidate"), Text(pair, "reference"));
            Close([pair.GetProperty("exact").GetDouble(), .. Doubles(pair.GetProperty("f1_precision_recall"))],
                [overlap.Exact, overlap.F1, overlap.Precision, overlap.Recall]);
        }

        void Close(double[] expected, double[] ours)
        {
            Assert.Equal(expected.Length, ours.Length);
            Assert.All(expected.Zip(ours), p => Assert.True(Math.Abs(p.First - p.Second) <= tolerance / 100, $"{p.Second} instead of {p.First}."));
        }
    }

    /// <summary>Each expected answer with its prediction; both lists are in one order.</summary>
    private static OpenAnswer[] Answers(JsonElement set) =>
    [
        .. set.GetProperty("ground_truth").EnumerateArray().Zip(set.GetProperty("predictions").EnumerateArray(), (truth, predicted) =>
            new OpenAnswer(Text(truth, "answer_type") == "OPEN", ConversationParity.Turns(truth)[1].Text, Text(predicted, "text"))),
    ];

    private static string Text(JsonElement item, string key) => item.GetProperty(key).GetString()!;

    private static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetDouble())];
}
