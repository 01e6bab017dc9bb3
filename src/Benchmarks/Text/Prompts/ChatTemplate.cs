namespace Das.Benchmarks.Text.Prompts;

/// <summary>What somebody says in a chat.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c>; some templates know others.</param>
/// <param name="Content">The text.</param>
public sealed record ChatMessage(string Role, string Content)
{
    public const string System = "system", User = "user", Assistant = "assistant";
}

/// <summary>A chat that is to be written out.</summary>
/// <param name="Messages">In their order.</param>
/// <param name="Asks">Whether the assistant's answer is to follow: <c>add_generation_prompt</c>.</param>
/// <param name="Thinks">Whether the model may think before it answers: <c>enable_thinking</c> of those that can be told not to.</param>
/// <param name="Begin"><c>bos_token</c>.</param>
/// <param name="End"><c>eos_token</c>.</param>
/// <param name="DefaultSystem">The system message of a chat without one, of templates that write one.</param>
internal sealed record Chat(IReadOnlyList<ChatMessage> Messages, bool Asks, bool Thinks, string Begin, string End, string DefaultSystem);

/// <summary>
/// A chat template of a published form. It is recognised by what it says (<see cref="ChatTemplateText"/>) and written by our own code: no Jinja is run, and
/// a template of any other form is refused.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>A form.</summary>
    /// <param name="Name">What lists call it.</param>
    /// <param name="Write">Writes a chat; throws <see cref="ChatRefusal"/> where the template refuses one.</param>
    /// <param name="Ends">What ends an answer; null for the model's <c>eos_token</c>.</param>
    /// <param name="BeforeAnswer">What stands between what is asked and the answer.</param>
    private sealed record Form(string Name, Func<Chat, string> Write, string? Ends = null, string BeforeAnswer = "")
    {
        public bool NeedsBegin { get; init; }
    }

    private const string TurnEnds = "<|im_end|>";

    private static readonly Form
        chatMl = new("ChatML", ChatForms.ChatMl, TurnEnds),
        defaultSystem = new("ChatML with a default system message (SmolLM2, Qwen2)", ChatForms.ChatMlWithDefault, TurnEnds),
        qwen25 = new("Qwen2.5", ChatForms.Qwen25, TurnEnds),
        qwen3 = new("Qwen3", ChatForms.Qwen3, TurnEnds),
        llama3 = new("Llama 3", ChatForms.Llama3, "<|eot_id|>") { NeedsBegin = true },
        nemo = new("Mistral Nemo", ChatForms.MistralNemo) { NeedsBegin = true },
        mistral = new("Mistral v0.1 and v0.2", chat => ChatForms.Mistral(chat, alternates: true, blank: "", after: "")) { NeedsBegin = true },
        mistralBlank = mistral with { Write = chat => ChatForms.Mistral(chat, alternates: true, blank: "", after: " ") },
        mistralLoose = mistral with { Write = chat => ChatForms.Mistral(chat, alternates: false, blank: " ", after: ""), BeforeAnswer = " " };

    /// <summary>SHA-256 of <see cref="ChatTemplateText.Canonical"/> → the form.</summary>
    private static readonly Dictionary<string, Form> known = new()
    {
        ["a8791d110b96da16e7cb1988211e064d720e68ea6df5fda4d4edb42df79db3e0"] = chatMl,
        ["f8dc1a9b8155ec3e80a2246c9996af89bcccdb5a5e1e65f19ed265dc031f7b7a"] = defaultSystem,
        ["45c28aa469a751b8c9b9c79c6b804e767581dde65c73e9e14335e2c8104467d4"] = qwen25,
        ["ed33ea101cc1435bcd793864b01d65f2c15bb5986458d75b5df675a03ac7dd52"] = qwen3,
        ["5183d475600c90ac16e7ce311b734ec60db5512a3a8db421fc15f009082913f3"] = llama3, // Meta's; text digest ba03a121
        ["e560f82f9ccc639d08799146e3465de38ce648096a9d75372010e6da72213531"] = llama3, // another text that writes the same
        ["4fbb66f38c0e9a03223e18b31adaa857beae65c4da8a2f1bda03e43e31714fae"] = nemo,
        ["3080b48c061011338ccbdc10d186c4b7ad3c04ebdcf36e60d78865ec572b91ba"] = mistralBlank,
        ["19cb8463421e2a225cf806a90d45cf7e6b423ed14608778343fad093b098717f"] = mistral,
        ["6070d422c043eaae809a61c1f99a9b3c7a54806c6bc9d81039facbaf21467635"] = mistralLoose,
    };

    private readonly Form form;
    private readonly string? begin, end, system;

    private ChatTemplate(Form form, string? begin, string? end, string? system) => (this.form, this.begin, this.end, this.system) = (form, begin, end, system);

    /// <summary>The forms' names.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. known.Values.Select(form => form.Name).Distinct()];

    /// <summary>What ends an answer, a token of the model's.</summary>
    public string EndOfAnswer => form.Ends ?? end!;

    /// <summary>What stands between what is asked and the answer.</summary>
    public string BeforeAnswer => form.BeforeAnswer;

    /// <param name="template">Jinja.</param>
    /// <param name="begin">The model's <c>bos_token</c>; null where it names none.</param>
    /// <param name="end">The model's <c>eos_token</c>; null where it names none.</param>
    /// <param name="source">What errors call the place where the template stands.</param>
    /// <exception cref="DasException">It is of no known form, or writes a token that is not named.</exception>
    public static ChatTemplate Of(string template, string? begin, string? end, string source)
    {
        var text = ChatTemplateText.Of(template);
        if (text.Canonical.Length == 0 || !known.TryGetValue(Digest.Of(text.Canonical), out Form? form))
            throw new DasException(ErrorKind.Data, $"{source}: the chat template is none of the published forms that are read ({string.Join(", ", Known)}), "
                + "and is not guessed. Give \"prompt\": \"plain\" in backbone.");
        if ((begin is null && form.NeedsBegin) || (end is null && form.Ends is null))
            throw new DasException(ErrorKind.Data, $"{source}: the chat template of {form.Name} writes bos_token and eos_token, and they are not both named.");
        return new(form, begin, end, text.System);
    }

    /// <summary>A chat as the template writes it.</summary>
    /// <param name="messages">In their order.</param>
    /// <param name="asks">Whether the assistant's answer is to follow.</param>
    /// <param name="thinks">Whether the model may think before it answers, where the form leaves that open.</param>
    /// <exception cref="DasException">The template refuses such a chat.</exception>
    public string Write(IReadOnlyList<ChatMessage> messages, bool asks, bool thinks = false)
    {
        try
        {
            return form.Write(new(messages, asks, thinks, begin ?? "", end ?? "", system ?? ""));
        }
        catch (ChatRefusal refused)
        {
            throw new DasException(ErrorKind.Data,
                $"The chat template of {form.Name} refuses the messages of {string.Join(", ", messages.Select(m => m.Role))}: {refused.Message}");
        }
    }
}
