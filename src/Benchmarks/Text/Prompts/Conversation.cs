namespace Das.Benchmarks.Text.Prompts;

/// <summary>Something said in a conversation.</summary>
/// <param name="ByUser">Else by the assistant.</param>
/// <param name="Text">May hold <see cref="Conversation.Image"/>.</param>
public sealed record Turn(bool ByUser, string Text);

/// <summary>LLaVA's conversations, template <c>v1</c>, which evaluation calls <c>vicuna_v1</c> (<c>G/conversation.py:242-252</c>, method §5.3).</summary>
public static class Conversation
{
    /// <summary>Where a picture stands.</summary>
    public const string Image = "<image>";

    /// <summary>Ends what the assistant says.</summary>
    internal const string End = "</s>";

    /// <summary>Begins what the assistant says.</summary>
    internal const string Assistant = "ASSISTANT:";

    private const string User = "USER:";

    private const string System =
        "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's "
            + "questions. ";

    /// <summary>The training text. A picture is moved to the beginning of what is said about it; what an assistant says unasked at first is left out.</summary>
    /// <exception cref="DasException">The two do not take turns.</exception>
    public static string Training(IEnumerable<Turn> turns)
    {
        Turn[] said = [.. turns.SkipWhile((t, i) => i == 0 && !t.ByUser)];
        int wrong = Enumerable.Range(0, said.Length).FirstOrDefault(i => said[i].ByUser != (i % 2 == 0), -1);
        if (wrong >= 0) throw new DasException(ErrorKind.Data,
            $"Turn {wrong} of the conversation is the {(said[wrong].ByUser ? "user" : "assistant")}'s, as is the "
            + "one before it; the two must take turns.");
        return System + string.Concat(said.Select(t => t.ByUser ? $"{User} {ImageFirst(t.Text)} " : $"{Assistant} {ImageFirst(t.Text)}{End}"));
    }

    /// <summary>The evaluation prompt.</summary>
    /// <param name="question">Without <see cref="Image"/>.</param>
    /// <param name="image">Whether it is about a picture.</param>
    public static string Query(string question, bool image = true) => $"{System}{User} {(image ? $"{Image}\n" : "")}{question} {Assistant}";

    private static string ImageFirst(string text) =>
        text.Contains(Image) ? $"{Image}\n{text.Replace(Image, "").Trim()}".Trim() : text;
}
