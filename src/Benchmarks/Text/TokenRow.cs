namespace Das.Benchmarks.Text;

/// <summary>
/// One training text as a decoder reads it (<c>L/util/language_datasets.py:186-203</c>, method §4.4): begin, prompt, target and end, cut or padded
/// to a width. The prompt is also encoded alone to know how far it reaches, so a piece across the border counts as the prompt's.
/// </summary>
/// <param name="Ids">As many as the row is wide.</param>
/// <param name="Length">How many of them are text; the rest is <see cref="Padding"/>.</param>
/// <param name="PromptLength">How many of them, from the first, the model is given and not asked for; at most <paramref name="Length"/>.</param>
public sealed record TokenRow(long[] Ids, int Length, int PromptLength)
{
    /// <summary>In <see cref="Ids"/>: LLaMA has no id for padding, and the published code takes that of the unknown piece.</summary>
    public const long Padding = 0;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="prompt">No loss is taken on it.</param>
    /// <param name="target">Follows the prompt without a separator.</param>
    /// <param name="width">A longer text loses its end; with all of the target lost, <see cref="Targets"/> is 0.</param>
    public static TokenRow Of(DecoderTokenizer tokenizer, string prompt, string target, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        int[] text = tokenizer.Encode(prompt + target, bos: true, eos: true);
        long[] ids = new long[width];
        int length = Math.Min(width, text.Length);
        for (int i = 0; i < length; i++) ids[i] = text[i];
        return new(ids, length, Math.Min(length, tokenizer.Encode(prompt, bos: true).Length));
    }

    /// <summary>How many positions loss is taken on. A row without any has no mean loss: it must be left out of a batch.</summary>
    public int Targets => Length - PromptLength;
}
