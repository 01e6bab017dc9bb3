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
                Assert.Equal((variant.Name, problem.Value.GetProperty("prompt").GetString(), problem.Value.GetProperty("answer").GetString()),
                    (variant.Name, ours.Prompt, ours.Target));
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
        problem.GetProperty("question").GetString()!, [.. problem.GetProperty("choices").EnumerateArray().Select(c => c.GetString()!)],
            problem.GetProperty("answer").GetInt32(),
        problem.GetProperty("hint").GetString()!, caption, problem.GetProperty("lecture").GetString()!, problem.GetProperty("solution").GetString()!);

    public static void Language(ParityCase recorded)
    {
        JsonElement expected = recorded.Read().GetProperty("expected");
        Dictionary<string, (Func<JsonElement, LanguagePrompt> Training, Func<JsonElement, (string Subject, string Query, string Expected)>? Query)> tasks =
            new()
        {
            ["boolq"] = (
                r => BoolQPrompt.Training(Text(r, "passage"), Text(r, "question"), r.GetProperty("answer").GetBoolean()),
                r => ("", BoolQPrompt.Query(Text(r, "passage"), Text(r, "question"), published: true), r.GetProperty("answer").GetBoolean() ? BoolQPrompt.True
                    : BoolQPrompt.False)),
            ["commonsense_qa"] = (
                r => CommonsenseQaPrompt.Training(Text(r, "question_concept"), Text(r, "question"), Choices(r), Text(r, "answerKey")),
                r => (Text(r, "question_concept"), CommonsenseQaPrompt.Query(Text(r, "question_concept"), Text(r, "question"), Choices(r)),
                    Text(r, "answerKey"))),
            ["gsm8k"] = (
                r => Gsm8kPrompt.Training(Text(r, "question"), Text(r, "answer")),
                r => ("", Gsm8kPrompt.Query(Text(r, "question"), published: true), Gsm8kPrompt.Final(Text(r, "answer")))),
            ["alpaca"] = (r => AlpacaPrompt.Training(Text(r, "instruction"), Text(r, "input"), Text(r, "output")), null),
        };
        Assert.Equal(tasks.Keys.Order(), expected.EnumerateObject().Select(t => t.Name).Order());
        foreach (JsonProperty task in expected.EnumerateObject())
        {
            JsonElement[] records = [.. task.Value.GetProperty("records").EnumerateArray()];
            Assert.Equal(task.Value.GetProperty("train").EnumerateArray().Select(t => new LanguagePrompt(Text(t, "input"), Text(t, "output"))),
                records.Select(tasks[task.Name].Training));
            if (tasks[task.Name].Query is { } query)
                Assert.Equal(task.Value.GetProperty("zero_shot_eval").GetProperty("records").EnumerateArray()
                    .Select(t => (Text(t, "subject"), Text(t, "input"), Text(t, "output"))), records.Select(query));
        }
    }

    private static string Text(JsonElement record, string key) => record.GetProperty(key).GetString()!;

    private static (string, string)[] Choices(JsonElement record)
    {
        JsonElement choices = record.GetProperty("choices");
        return [.. choices.GetProperty("label").EnumerateArray().Zip(choices.GetProperty("text").EnumerateArray(), (l, t) => (l.GetString()!, t.GetString()!))];
    }
}
