namespace Das.Benchmarks.Text.Prompts;

/// <summary>A template's <c>raise_exception</c>.</summary>
internal sealed class ChatRefusal(string message) : Exception(message);

/// <summary>What the published chat templates write.</summary>
internal static class ChatForms
{
    private const string Tool = "tool", ThoughtBegins = "<think>", ThoughtEnds = "</think>", NoThought = $"{ThoughtBegins}\n\n{ThoughtEnds}\n\n",
        ResponseBegins = "<tool_response>", ResponseEnds = "</tool_response>";

    private const string AnswerFollows = $"<|im_start|>{ChatMessage.Assistant}\n";

    public static string ChatMl(Chat chat) => string.Concat(chat.Messages.Select(Turn)) + (chat.Asks ? AnswerFollows : "");

    public static string ChatMlWithDefault(Chat chat) =>
        (chat.Messages is [{ Role: not ChatMessage.System }, ..] ? Turn(new(ChatMessage.System, chat.DefaultSystem)) : "") + ChatMl(chat);

    /// <summary>Roles that it does not know are left out.</summary>
    public static string Qwen25(Chat chat) =>
        (First(chat).Role == ChatMessage.System ? Turn(First(chat)) : Turn(new(ChatMessage.System, chat.DefaultSystem)))
        + string.Concat(chat.Messages.Select((message, i) => message.Role switch
        {
            ChatMessage.User or ChatMessage.Assistant => Turn(message),
            ChatMessage.System => i > 0 ? Turn(message) : "",
            Tool => ToolResponse(chat.Messages, i),
            _ => "",
        })) + (chat.Asks ? AnswerFollows : "");

    /// <summary>What was thought is left out of the answers before the last question; a later answer is written with its thoughts, be they none.</summary>
    public static string Qwen3(Chat chat)
    {
        int last = chat.Messages.Count - 1, asked = last;
        bool opens = First(chat).Role == ChatMessage.System;
        for (int i = last; i >= 0; i--)
            if (chat.Messages[i] is { Role: ChatMessage.User, Content: var said }
                && !(said.StartsWith(ResponseBegins, StringComparison.Ordinal) && said.EndsWith(ResponseEnds, StringComparison.Ordinal)))
            {
                asked = i;
                break;
            }
        return (opens ? Turn(First(chat)) : "") + string.Concat(chat.Messages.Select((message, i) => message.Role switch
        {
            ChatMessage.User => Turn(message),
            ChatMessage.System => i > 0 ? Turn(message) : "",
            ChatMessage.Assistant => Turn(message with { Content = Answer(message.Content, after: i > asked, last: i == last) }),
            Tool => ToolResponse(chat.Messages, i),
            _ => "",
        })) + (chat.Asks ? AnswerFollows + (chat.Thinks ? "" : NoThought) : "");
    }

    public static string Llama3(Chat chat) => (chat.Messages.Count > 0 ? chat.Begin : "")
        + string.Concat(chat.Messages.Select(message => Header(message.Role) + Strip(message.Content) + "<|eot_id|>"))
        + (chat.Asks ? Header(ChatMessage.Assistant) : "");

    /// <summary>The system message stands in the last turn, where that is the user's.</summary>
    public static string MistralNemo(Chat chat)
    {
        string? system = First(chat).Role == ChatMessage.System ? First(chat).Content : null;
        ChatMessage[] turns = [.. chat.Messages.Skip(system is null ? 0 : 1)];
        Alternate([.. turns.Where(message => message.Role is not (Tool or "tool_results"))],
            "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...");
        return chat.Begin + string.Concat(turns.Select((message, i) => message.Role switch
        {
            ChatMessage.User => $"[INST]{(system is not null && i == turns.Length - 1 ? $"{system}\n\n" : "")}{message.Content}[/INST]",
            ChatMessage.Assistant => message.Content + chat.End,
            Tool or "tool_results" => throw new ChatRefusal("Tool call IDs should be alphanumeric strings with length 9!"),
            _ => throw new ChatRefusal("Only user and assistant roles are supported, with the exception of an initial optional system message!"),
        }));
    }

    /// <param name="chat">What is written.</param>
    /// <param name="alternates">Whether the roles must take turns.</param>
    /// <param name="blank">Stands before each turn.</param>
    /// <param name="after">Stands behind the end of an answer.</param>
    public static string Mistral(Chat chat, bool alternates, string blank, string after)
    {
        if (alternates) Alternate(chat.Messages, "Conversation roles must alternate user/assistant/user/assistant/...");
        return chat.Begin + string.Concat(chat.Messages.Select(message => message.Role switch
        {
            ChatMessage.User => $"{blank}[INST] {message.Content} [/INST]",
            ChatMessage.Assistant => blank + message.Content + chat.End + after,
            _ => throw new ChatRefusal("Only user and assistant roles are supported!"),
        }));
    }

    /// <summary>The text without the white space around it, as Python's <c>strip</c> and Jinja's <c>trim</c>: the four separators below U+0020 are white
    /// space there.</summary>
    internal static string Strip(string text)
    {
        int from = 0, to = text.Length;
        while (from < to && IsSpace(text[from])) from++;
        while (to > from && IsSpace(text[to - 1])) to--;
        return text[from..to];
    }

    internal static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';

    private static string Turn(ChatMessage message) => $"<|im_start|>{message.Role}\n{message.Content}<|im_end|>\n";

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";

    private static ChatMessage First(Chat chat) => chat.Messages.Count > 0 ? chat.Messages[0] : throw new ChatRefusal("it has no first message.");

    private static void Alternate(IReadOnlyList<ChatMessage> turns, string refusal)
    {
        for (int i = 0; i < turns.Count; i++)
            if (turns[i].Role == ChatMessage.User != (i % 2 == 0)) throw new ChatRefusal(refusal);
    }

    /// <summary>An answer with its thoughts, or without.</summary>
    private static string Answer(string content, bool after, bool last)
    {
        string thought = "";
        if (content.Contains(ThoughtEnds, StringComparison.Ordinal))
        {
            thought = content.Split(ThoughtEnds)[0].TrimEnd('\n').Split(ThoughtBegins)[^1].TrimStart('\n');
            content = content.Split(ThoughtEnds)[^1].TrimStart('\n');
        }
        return after && (last || thought.Length > 0) ? $"{ThoughtBegins}\n{thought.Trim('\n')}\n{ThoughtEnds}\n\n{content.TrimStart('\n')}" : content;
    }

    /// <summary>What tools answered one after the other stands in one turn of the user's.</summary>
    private static string ToolResponse(IReadOnlyList<ChatMessage> messages, int i) =>
        (i == 0 || messages[i - 1].Role != Tool ? $"<|im_start|>{ChatMessage.User}" : "") + $"\n{ResponseBegins}\n{messages[i].Content}\n{ResponseEnds}"
        + (i == messages.Count - 1 || messages[i + 1].Role != Tool ? "<|im_end|>\n" : "");
}
