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
public abstract class TextForm(PieceTokenizer tokenizer)
{
    public PieceTokenizer Tokenizer => tokenizer;

    /// <summary>The training text.</summary>
    /// <param name="sample">Prompt and target count.</param>
    /// <param name="width">A longer text loses its end.</param>
    public abstract LearntText Training(LanguageSample sample, int width);

    /// <summary>What is asked at evaluation.</summary>
    public abstract int[] Query(LanguageSample sample);

    /// <summary>What a choice adds to the query.</summary>
    public abstract int[] Choice(LanguageSample sample, string choice);
}

/// <summary>LLaMA's and LaVIN's: the target follows the prompt without a separator (method §4.4).</summary>
/// <param name="tokenizer">The model's.</param>
public sealed class PlainForm(PieceTokenizer tokenizer) : TextForm(tokenizer)
{
    public override LearntText Training(LanguageSample sample, int width)
    {
        var row = TokenRow.Of(Tokenizer, sample.Prompt, sample.Target, width);
        long[] ids = row.Ids[..row.Length];
        return new(ids, [.. ids.Select((id, i) => i < row.PromptLength ? ConversationRow.Ignored : id)]);
    }

    public override int[] Query(LanguageSample sample) => Tokenizer.Encode(sample.Query, bos: true);

    public override int[] Choice(LanguageSample sample, string choice) => Tokenizer.Encode(sample.Query + choice, bos: true)[Query(sample).Length..];
}

/// <summary>LLaVA's: the prompt is what the user says, below the picture where there is one, the target what the assistant says (method §5.3).</summary>
/// <param name="tokenizer">The model's.</param>
public sealed class ConversationForm(PieceTokenizer tokenizer) : TextForm(tokenizer)
{
    public override LearntText Training(LanguageSample sample, int width)
    {
        string said = Said(sample.Prompt);
        var row = ConversationRow.Of(Tokenizer, [new(ByUser: true, sample.HasImage ? $"{Conversation.Image}\n{said}" : said),
            new(ByUser: false, Said(sample.Target))]);
        return new([.. row.Ids.Take(width)], [.. row.Labels.Take(width)]);
    }

    public override int[] Query(LanguageSample sample) => ConversationRow.Encode(Tokenizer, Asked(sample));

    public override int[] Choice(LanguageSample sample, string choice) =>
        ConversationRow.Encode(Tokenizer, $"{Asked(sample)} {Said(choice)}")[Query(sample).Length..];

    private static string Asked(LanguageSample sample) => Conversation.Query(Said(sample.Query), sample.HasImage);

    /// <summary>A text of its own may not show a picture; the template puts spaces and line breaks around it.</summary>
    private static string Said(string text) => text.Replace(Conversation.Image, "").Trim();
}
