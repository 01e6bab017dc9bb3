namespace Das.Benchmarks.Tasks;

/// <summary>
/// The model's own chat: the prompt is what the user says, the target what the assistant says, and what was said before stands before it. Of a model that
/// may think first, the thought is empty, as its template writes an answer without one. Nothing is put before what the template writes.
/// </summary>
public sealed class ChatForm : TextForm
{
    private readonly ChatTemplate template;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="template">The model's.</param>
    /// <exception cref="DasException">What ends an answer is no one token of the vocabulary.</exception>
    public ChatForm(DecoderTokenizer tokenizer, ChatTemplate template) : base(tokenizer)
    {
        this.template = template;
        EndOfAnswer = tokenizer.EncodeMarked(template.EndOfAnswer, bos: false) is [var end] ? end : throw new DasException(ErrorKind.Data,
            $"The chat template ends an answer with '{template.EndOfAnswer}', which is no token of the model's vocabulary: the tokenizer does not belong to "
            + "it.");
    }

    public override int EndOfAnswer { get; }

    public override LearntText Training(LanguageSample sample, int width)
    {
        string asked = Asked(sample, sample.Prompt);
        int[] ids = Encode(asked + template.BeforeAnswer + Said(sample, sample.Target) + template.EndOfAnswer);
        int known = Encode(asked).Length;
        return new([.. ids.Take(width)], [.. ids.Take(width).Select((id, i) => i < known ? ConversationRow.Ignored : (long)id)]);
    }

    public override int[] Query(LanguageSample sample) => Encode(Asked(sample, sample.Query));

    /// <summary>Without the white space that the template ends with, which a choice begins with instead: lm-evaluation-harness's rule.</summary>
    /// <inheritdoc/>
    public override int[] Context(LanguageSample sample) => Encode(Ended(Asked(sample, sample.Query)));

    public override int[] Choice(LanguageSample sample, string choice) =>
        Encode(Asked(sample, sample.Query) + template.BeforeAnswer + Said(sample, choice))[Context(sample).Length..];

    private string Asked(LanguageSample sample, string question) => template.Write([.. sample.Earlier.Append(question).Select((said, i) =>
        new ChatMessage(i % 2 == 0 ? ChatMessage.User : ChatMessage.Assistant, Ended(said)))], asks: true);

    /// <summary>An answer; one that follows a plain prompt may begin with the space that sets it off.</summary>
    private static string Said(LanguageSample sample, string answer) => sample.ComparesTexts ? answer : answer.Trim();

    private static string Ended(string text) => text.TrimEnd();

    private int[] Encode(string text) => Tokenizer.EncodeMarked(text, bos: false);
}
