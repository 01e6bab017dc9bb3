namespace Das.Benchmarks.Catalog;

/// <summary>VQA v2's official JSON files, read item by item.</summary>
internal static class VqaRaw
{
    public static string Questions(string name) => $"v2_OpenEnded_mscoco_{name}_questions.json";

    public static string Annotations(string name) => $"v2_mscoco_{name}_annotations.json";

    public static IEnumerable<(long Id, long Image, string Text)> ReadQuestions(RawSource raw, string name, List<BadInput> unusable, CancellationToken cancel)
    {
        foreach (JsonElement item in Items(raw, Questions(name), "questions", unusable, cancel))
        {
            if (item.Number("question_id") is { } id && item.Number("image_id") is { } image && item.Text("question") is { } text)
                yield return (id, image, text);
            else unusable.Add(new(raw.Describe(Questions(name)), $"'{item.Short()}' lacks question_id, image_id or question."));
        }
    }

    /// <summary>The answers are the ten people's, as they gave them.</summary>
    public static IEnumerable<(long Question, string Commonest, List<string> Answers)> ReadAnnotations(RawSource raw, string name, List<BadInput> unusable,
        CancellationToken cancel)
    {
        foreach (JsonElement item in Items(raw, Annotations(name), "annotations", unusable, cancel))
        {
            List<string> answers = [.. item.List("answers").Select(a => a.Text("answer")).OfType<string>()];
            if (item.Number("question_id") is { } id && item.Text("multiple_choice_answer") is { } commonest) yield return (id, commonest, answers);
            else unusable.Add(new(raw.Describe(Annotations(name)), $"'{item.Short()}' lacks question_id or multiple_choice_answer."));
        }
    }

    private static IEnumerable<JsonElement> Items(RawSource raw, string file, string property, List<BadInput> unusable, CancellationToken cancel)
    {
        raw.Require(file, "VQA v2's official JSON files and COCO's picture folders");
        using Stream stream = raw.Open(file);
        foreach (JsonElement item in JsonItems.Of(stream, property, (after, reason) =>
            unusable.Add(new(raw.Describe(file), $"After {after} {property}: {reason}"))))
        {
            cancel.ThrowIfCancellationRequested();
            yield return item;
        }
    }
}
