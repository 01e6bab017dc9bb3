namespace Das.Tests.Parity;

/// <summary>Training texts and evaluation queries, word for word as the published code writes them.</summary>
internal static class PromptParity
{
    public static void ScienceQa(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), problems = json.GetProperty("problems"), captions = json.GetProperty("captions");
        HashSet<string> formats = [];
        foreach (JsonProperty variant in json.GetProperty("expected").EnumerateObject())
        {
            string[] parts = variant.Name.Split("|use_caption=");
            formats.Add(parts[0]);
            foreach (JsonProperty problem in variant.Value.EnumerateObject())
            {
                LanguagePrompt ours = ScienceQaPrompt.Training(Problem(problem.Name, parts[1] == "true"), parts[0], published: true);
                Assert.Equal((variant.Name, problem.Value.String("prompt"), problem.Value.String("answer")), (variant.Name, ours.Prompt, ours.Target));
            }
        }
        Assert.Equal(ScienceQaPrompt.Formats.Order(), formats.Order());
        foreach (JsonProperty variant in json.GetProperty("expected_few_shot").EnumerateObject())
        {
            string[] parts = variant.Name.Split('|'), shots = parts[1]["shots=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(variant.Value.GetString(), ScienceQaPrompt.FewShot(shots.Select(s => Problem(s, true)), Problem(parts[2]["test=".Length..], true),
                parts[0], published: true));
        }

        ScienceQaProblem Problem(string id, bool captioned) =>
            ReadProblem(problems.GetProperty(id), captioned && captions.TryGetProperty(id, out JsonElement caption) ? caption.GetString()! : "");
    }

    public static ScienceQaProblem ReadProblem(JsonElement problem, string caption) => new(
        problem.String("question"), problem.Texts("choices"), problem.Int("answer"),
        problem.String("hint"), caption, problem.String("lecture"), problem.String("solution"));

    public static void Language(ParityCase recorded)
    {
        JsonElement expected = recorded.Read().GetProperty("expected");
        Dictionary<string, (Func<JsonElement, LanguagePrompt> Training, Func<JsonElement, (string Subject, string Query, string Expected)>? Query)> tasks =
            new()
        {
            ["boolq"] = (
                r => BoolQPrompt.Training(r.String("passage"), r.String("question"), r.Flag("answer")),
                r => ("", BoolQPrompt.Query(r.String("passage"), r.String("question"), published: true), r.Flag("answer") ? BoolQPrompt.True
                    : BoolQPrompt.False)),
            ["commonsense_qa"] = (
                r => CommonsenseQaPrompt.Training(r.String("question_concept"), r.String("question"), Choices(r), r.String("answerKey")),
                r => (r.String("question_concept"), CommonsenseQaPrompt.Query(r.String("question_concept"), r.String("question"), Choices(r)),
                    r.String("answerKey"))),
            ["gsm8k"] = (
                r => Gsm8kPrompt.Training(r.String("question"), r.String("answer")),
                r => ("", Gsm8kPrompt.Query(r.String("question"), published: true), Gsm8kPrompt.Final(r.String("answer")))),
            ["alpaca"] = (r => AlpacaPrompt.Training(r.String("instruction"), r.String("input"), r.String("output")), null),
        };
        Assert.Equal(tasks.Keys.Order(), expected.EnumerateObject().Select(t => t.Name).Order());
        foreach (JsonProperty task in expected.EnumerateObject())
        {
            JsonElement[] records = [.. task.Value.Items("records")];
            Assert.Equal(task.Value.Items("train").Select(t => new LanguagePrompt(t.String("input"), t.String("output"))),
                records.Select(tasks[task.Name].Training));
            if (tasks[task.Name].Query is { } query)
                Assert.Equal(task.Value.GetProperty("zero_shot_eval").Items("records")
                    .Select(t => (t.String("subject"), t.String("input"), t.String("output"))), records.Select(query));
        }
    }

    private static (string, string)[] Choices(JsonElement record)
    {
        JsonElement choices = record.GetProperty("choices");
        return [.. choices.Items("label").Zip(choices.Items("text"), (l, t) => (l.GetString()!, t.GetString()!))];
    }
}
