namespace Das.Benchmarks.Text.Prompts;

/// <summary>BoolQ's texts (<c>L/util/language_datasets.py:54-65</c>, <c>L/OrgBoolQ.py:36</c>, method §4.4).</summary>
public static class BoolQPrompt
{
    public const string True = "A", False = "B";

    private const string Header = "The following are yes/no questions (with answers) based on the given passage";

    public static LanguagePrompt Training(string passage, string question, bool answer) => new(Query(passage, question), Continuation(answer));

    /// <summary>What follows either letter in training.</summary>
    public static string Continuation(bool answer) => answer ? $"Answer: The answer is {True}. True." : $"Answer: The answer is {False}. False.";

    /// <param name="passage">Holds the answer.</param>
    /// <param name="question">As published: lower case, without a question mark.</param>
    /// <param name="published">As the published evaluation asks: the heading lacks its period, which training has (method §8 B15).</param>
    public static string Query(string passage, string question, bool published = false) =>
        $"{Header}{(published ? "" : ".")}\n\nPassage: {passage}\n\nQuestion: {question}\n\nOptions: {True}. True\n{False}. False\n\n";
}
