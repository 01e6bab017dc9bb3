namespace Das.Benchmarks.Tasks;

/// <summary>A training text as ids, neither padded nor longer than asked for.</summary>
/// <param name="Ids">With <see cref="ConversationRow.Image"/> where a picture's vectors go.</param>
/// <param name="Labels">Parallel: the id where it is to be learnt, else <see cref="ConversationRow.Ignored"/>.</param>
public sealed record LearntText(long[] Ids, long[] Labels)
{
    public int Length => Ids.Length;

    /// <summary>How many positions loss is taken on. A text without any has no mean loss: it must be left out of a batch.</summary>
    public int Targets => Labels.Count(label => label != ConversationRow.Ignored);
}

/// <summary>What a family's tokenizer sees of a sample: the one place that decides it, for training, asking and comparing choices.</summary>
/// <param name="tokenizer">The model's.</param>
public abstract class TextForm(DecoderTokenizer tokenizer)
{
    public DecoderTokenizer Tokenizer => tokenizer;

    /// <summary>The training text.</summary>
    /// <param name="sample">Prompt and target count.</param>
    /// <param name="width">A longer text loses its end.</param>
    public abstract LearntText Training(LanguageSample sample, int width);

    /// <summary>What is asked at evaluation.</summary>
    public abstract int[] Query(LanguageSample sample);

    /// <summary>What choices are compared after: what is asked, unless a family says otherwise.</summary>
    public virtual int[] Context(LanguageSample sample) => Query(sample);

    /// <summary>What a choice adds to the context, by lm-evaluation-harness's rule: both are encoded together, and the text is cut where the context
    /// alone ends.</summary>
    public abstract int[] Choice(LanguageSample sample, string choice);
}

/// <summary>LLaMA's and LaVIN's: the target follows the prompt without a separator (method §4.4), or as a choice's text after a space
/// (lm-evaluation-harness's <c>target_delimiter</c>). What was said before stands above the prompt, each turn on lines of its own.</summary>
/// <param name="tokenizer">The model's.</param>
public sealed class PlainForm(DecoderTokenizer tokenizer) : TextForm(tokenizer)
{
    public override LearntText Training(LanguageSample sample, int width)
    {
        var row = TokenRow.Of(Tokenizer, Before(sample) + sample.Prompt, Delimiter(sample) + sample.Target, width);
        long[] ids = row.Ids[..row.Length];
        return new(ids, [.. ids.Select((id, i) => i < row.PromptLength ? ConversationRow.Ignored : id)]);
    }

    public override int[] Query(LanguageSample sample) => Tokenizer.Encode(Before(sample) + sample.Query, bos: true);

    public override int[] Choice(LanguageSample sample, string choice) =>
        Tokenizer.Encode(Before(sample) + sample.Query + Delimiter(sample) + choice, bos: true)[Query(sample).Length..];

    private static string Delimiter(LanguageSample sample) => sample.ComparesTexts ? " " : "";

    private static string Before(LanguageSample sample) => string.Concat(sample.Earlier.Select(turn => turn + "\n"));
}

/// <summary>LLaVA's: the prompt is what the user says, below the picture where there is one, the target what the assistant says (method §5.3). What was
/// said before stands before it in the same conversation, and no loss is taken on it: each turn of the assistant's is a sample of its own.</summary>
/// <param name="tokenizer">The model's.</param>
public sealed class ConversationForm(DecoderTokenizer tokenizer) : TextForm(tokenizer)
{
    public override LearntText Training(LanguageSample sample, int width)
    {
        var row = ConversationRow.Of(Tokenizer, [.. Turns(sample, sample.Prompt), new(ByUser: false, Said(sample.Target))]);
        int known = sample.Earlier.Count > 0 ? Query(sample).Length : 0;
        return new([.. row.Ids.Take(width)], [.. row.Labels.Select((label, i) => i < known ? ConversationRow.Ignored : (long)label).Take(width)]);
    }

    public override int[] Query(LanguageSample sample) => ConversationRow.Encode(Tokenizer, Asked(sample));

    public override int[] Choice(LanguageSample sample, string choice) =>
        ConversationRow.Encode(Tokenizer, $"{Asked(sample)} {Said(choice)}")[Query(sample).Length..];

    private static string Asked(LanguageSample sample) => sample.Earlier.Count == 0 ? Conversation.Query(Said(sample.Query), sample.HasImage)
        : Conversation.Training(Turns(sample, sample.Query)) + Conversation.Assistant;

    /// <summary>What was said before, then the question; the picture stands above the first of it.</summary>
    private static IEnumerable<Turn> Turns(LanguageSample sample, string question) => sample.Earlier.Append(question).Select((said, i) =>
        new Turn(ByUser: i % 2 == 0, i == 0 && sample.HasImage ? $"{Conversation.Image}\n{Said(said)}" : Said(said)));

    /// <summary>A text of its own may not show a picture; the template puts spaces and line breaks around it.</summary>
    private static string Said(string text) => text.Replace(Conversation.Image, "").Trim();
}
