namespace Das.Tests.Parity;

/// <summary>SLAKE's and AID's metrics, answer by answer and in all; values in percent, and BLEU below 1e-100 counts as 0.</summary>
internal static class OpenAnswerParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        double tolerance = json.GetProperty("tolerance").GetProperty("float").Number("abs");
        OpenAnswer[] slake = Answers(json.GetProperty("slake")), aid = Answers(json.GetProperty("aid"));
        JsonElement[] items = [.. json.GetProperty("slake").Items("expected_items")];
        Assert.Equal(items.Length, slake.Length);
        for (int i = 0; i < items.Length; i++)
        {
            Assert.Equal((items[i].String("gt_normalised"), items[i].String("pred_normalised")),
                (OpenAnswer.Normal(slake[i].Expected), OpenAnswer.Normal(slake[i].Answer)));
            Assert.Equal(items[i].Flag("gt_in_pred"), slake[i].HitAsPublished);
            var overlap = TokenOverlap.Of(slake[i].Answer, slake[i].Expected);
            Close([.. new[] { "exact", "f1", "precision", "recall" }.Select(k => items[i].Number(k))],
                [overlap.Exact, overlap.F1, overlap.Precision, overlap.Recall]);
            string[] said = OpenAnswer.Normal(slake[i].Answer).Split(' '), wanted = OpenAnswer.Normal(slake[i].Expected).Split(' ');
            Close(items[i].Numbers("bleu"), [.. SentenceBleu.PublishedWeights.Select(w => SentenceBleu.Of(said, wanted, w))]);
        }
        OpenAnswerScores scores = OpenAnswerScores.Of(slake);
        JsonElement table = json.GetProperty("slake").GetProperty("expected_table_percent");
        Close(
            [.. new[] { "exact match score", "f1 score", "precision", "recall", "bleu_score", "bleu_score_1", "bleu_score_2", "bleu_score_3", "open accuracy",
                "yes/no accuracy" }.Select(k => table.Number(k) / 100)],
            [scores.ExactAsPublished.Mean, scores.F1.Mean, scores.Precision.Mean, scores.Recall.Mean, .. scores.Bleu.Select(b => b.Mean),
                scores.OpenHitsAsPublished.Mean, scores.ClosedHitsAsPublished.Mean]);
        Close([json.GetProperty("aid").GetProperty("expected_table_percent").Number("yes/no accuracy") / 100],
            [MeanScore.Of(aid.Select(a => a.Same)).Mean]);

        foreach (JsonElement pair in json.Items("normalisation"))
        {
            Assert.Equal(pair.String("normalised"), AnswerNormalizer.Normalize(pair.String("in")));
            Assert.Equal(pair.String("lower_then_normalised"), OpenAnswer.Normal(pair.String("in")));
        }
        foreach (JsonElement pair in json.Items("token_metrics"))
        {
            var overlap = TokenOverlap.Of(pair.String("candidate"), pair.String("reference"));
            Close([pair.Number("exact"), .. pair.Numbers("f1_precision_recall")],
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
        .. set.Items("ground_truth").Zip(set.Items("predictions"), (truth, predicted) =>
            new OpenAnswer(truth.String("answer_type") == "OPEN", ConversationParity.Turns(truth)[1].Text, predicted.String("text"))),
    ];
}
