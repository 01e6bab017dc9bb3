namespace Das.Benchmarks.Text.Prompts;

/// <summary>CommonsenseQA's texts (<c>L/util/language_datasets.py:37-53</c>, <c>L/OrgCommonSenseQA.py:43</c>, method §4.4); evaluation asks as training
/// does.</summary>
public static class CommonsenseQaPrompt
{
    /// <summary>What the published code trains on where a question has no key.</summary>
    private const string WithoutKey = "C";

    /// <param name="concept">What the question is about.</param>
    /// <param name="question">Its text.</param>
    /// <param name="choices">Letter and text of each.</param>
    /// <param name="key">The right letter; an empty one counts as C, as published.</param>
    public static LanguagePrompt Training(string concept, string question, IReadOnlyList<(string Letter, string Text)> choices, string key)
    {
        string letter = key.Length > 0 ? key : WithoutKey;
        return new(Query(concept, question, choices), Continuation(choices.First(c => c.Letter == letter)));
    }

    public static string Query(string concept, string question, IEnumerable<(string Letter, string Text)> choices) =>
        $"The following are multiple choice questions (with answers) about {concept}.\n\nQuestion: {question}\nOptions: "
            + $"{string.Concat(choices.Select(c => $"{c.Letter}. {c.Text}\n"))}";

    /// <summary>The question alone, which the text of a choice answers: lm-evaluation-harness's form for choices that are not listed.</summary>
    public static string Cloze(string question) => $"Question: {question}\nAnswer:";

    /// <summary>What follows a letter in training.</summary>
    public static string Continuation((string Letter, string Text) choice) => $"Answer: The answer is {choice.Letter}. {choice.Text}.";
}
