namespace Das.Tests.Parity;

/// <summary>What the published evaluation reads out of generated texts, and the scores that come of it.</summary>
internal static class AnswerParity
{
    public static void Language(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        foreach (JsonProperty task in json.GetProperty("expected").EnumerateObject())
        {
            string[] gold = task.Value.Texts("gold");
            string[] ours = [.. task.Value.Texts("generated")
                .Select(g => (task.Name.StartsWith("gsm8k") ? LanguageAnswer.Number(g) : LanguageAnswer.Letter(g)) ?? LanguageAnswer.Failed)];
            Assert.Equal(task.Value.Texts("predictions"), ours);
            double accuracy = 100 * MeanScore.Of(ours.Zip(gold, (o, g) => o == g)).Mean;
            Assert.Equal(task.Value.String("accuracy_printed"), accuracy.ToString("F3", CultureInfo.InvariantCulture));
        }
        foreach (JsonElement crashing in json.Items("gsm8k_crashing_texts"))
            Assert.Null(LanguageAnswer.Number(crashing.String("text")));
    }

    public static void ScienceQa(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), problems = json.GetProperty("problems"), expected = json.GetProperty("expected");
        Queue<int> draws = new(expected.Ints("random_draws"));
        List<(IReadOnlyDictionary<string, string>, bool)> judged = [];
        foreach (JsonProperty generated in expected.GetProperty("generated").EnumerateObject())
        {
            JsonElement problem = problems.GetProperty(generated.Name);
            int ours = ScienceQaAnswer.OrGuess(generated.Value.GetString()!, problem.GetProperty("choices").GetArrayLength(), _ => draws.Dequeue());
            Assert.Equal((generated.Name, expected.GetProperty("predictions").GetProperty(generated.Name).GetInt32()), (generated.Name, ours));
            judged.Add((ScienceQaScores.Facts(problem.String("subject"), problem.String("grade"),
                problem.String("hint").Length > 0,
                problem.GetProperty("image").ValueKind == JsonValueKind.String), ours == problem.Int("answer")));
        }
        Assert.Empty(draws);
        Assert.Equal(expected.GetProperty("scores").EnumerateObject().Select(s => s.Value.GetString()), ScienceQaScores.Of(judged)
            .Select(c => (100 * c.Score.Mean).ToString("F2", CultureInfo.InvariantCulture)));
        Assert.Equal(expected.Number("overall_accuracy"), 100 * ScienceQaScores.Of(judged)[^1].Score.Mean);
    }
}
