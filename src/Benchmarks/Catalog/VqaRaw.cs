namespace Das.Benchmarks.Catalog;

/// <summary>VQA v2's official JSON files, read item by item.</summary>
internal static class VqaRaw
{
    public static string Questions(string name) => $"v2_OpenEnded_mscoco_{name}_questions.json";

    public static string Annotations(string name) => $"v2_mscoco_{name}_annotations.json";

    public static IEnumerable<(long Id, long Image, string Text)> ReadQuestions(RawSource raw, string name, List<BadInput> unusable, CancellationToken cancel)
    {
        return Items(raw, Questions(name), "questions", unusable, cancel).Read(unusable, item =>
            (item["question_id"].Number(), item["image_id"].Number(), item["question"].Words()));
    }

    /// <summary>The answers are the ten people's, as they gave them: objects with <c>answer</c>, or plain texts. Where
    /// <c>multiple_choice_answer</c> is missing, it is what it is defined as, the commonest of them; the first of equals.</summary>
    public static IEnumerable<(long Question, string Commonest, List<string> Answers)> ReadAnnotations(RawSource raw, string name, List<BadInput> unusable,
        CancellationToken cancel)
    {
        return Items(raw, Annotations(name), "annotations", unusable, cancel).Read(unusable, item =>
        {
            List<string> answers = [.. item["answers"].Items().Select(a => a.IsObject ? a["answer"].Text() : a.Text())];
            return (item["question_id"].Number(), item["multiple_choice_answer"].TextOrNull() ?? Commonest(answers, item), answers);
        });
    }

    private static string Commonest(List<string> answers, RawItem item) => answers.Count == 0
        ? throw item["answers"].Bad("is empty, and there is no multiple_choice_answer")
        : answers.CountBy(answer => answer).MaxBy(counted => counted.Value).Key;

    private static IEnumerable<RawItem> Items(RawSource raw, string file, string property, List<BadInput> unusable, CancellationToken cancel)
    {
        raw.Require(file, "VQA v2's official JSON files and COCO's picture folders");
        return JsonItems.Of(raw, file, property, unusable, cancel);
    }
}
