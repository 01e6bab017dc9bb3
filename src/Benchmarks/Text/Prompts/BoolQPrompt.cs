namespace Das.Benchmarks.Text.Prompts;

/// <summary>BoolQ's texts (<c>L/util/language_datasets.py:54-65</c>, <c>L/OrgBoolQ.py:36</c>, method §4.4).</summary>
public static class BoolQPrompt
{
    public const string True = "A", False = "B";

    /// <summary>The answers to <see cref="Cloze"/>, in lm-evaluation-harness's order.</summary>
    public const string No = "no", Yes = "yes";

    private const string Header = "The following are yes/no questions (with answers) based on the given passage";

    public static LanguagePrompt Training(string passage, string question, bool answer) => new(Query(passage, question), Continuation(answer));

    /// <summary>What follows either letter in training.</summary>
    public static string Continuation(bool answer) => answer ? $"Answer: The answer is {True}. True." : $"Answer: The answer is {False}. False.";

    /// <summary>What <see cref="No"/> or <see cref="Yes"/> answers, as lm-evaluation-harness asks it.</summary>
    public static string Cloze(string passage, string question) => $"{passage}\nQuestion: {question}?\nAnswer:";

    /// <param name="passage">Holds the answer.</param>
    /// <param name="question">As published: lower case, without a question mark.</param>
    /// <param name="published">As the published evaluation asks: the heading lacks its period, which training has (method §8 B15).</param>
    public static string Query(string passage, string question, bool published = false) =>
        $"{Header}{(published ? "" : ".")}\n\nPassage: {passage}\n\nQuestion: {question}\n\nOptions: {True}. True\n{False}. False\n\n";
}
