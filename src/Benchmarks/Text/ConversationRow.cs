namespace Das.Benchmarks.Text;

/// <summary>A conversation as LLaVA reads it (<c>G/train/train.py:434-517</c>, <c>G/mm_utils.py:185-204</c>, method §5.3), neither cut nor padded.</summary>
/// <param name="Ids">With <see cref="Image"/> where a picture's vectors go.</param>
/// <param name="Labels">The ids of what the assistant says and of its end, else <see cref="Ignored"/>; not shifted.</param>
/// <param name="Mismatch">Whether the parts encoded alone were not as long as the whole, so that no position is to be learnt.</param>
public sealed record ConversationRow(int[] Ids, int[] Labels, bool Mismatch)
{
    /// <summary>In <see cref="Ids"/>: a picture, which is no piece of the vocabulary.</summary>
    public const int Image = -200;

    /// <summary>In <see cref="Labels"/>: a position that no loss is taken on.</summary>
    public const int Ignored = -100;

    /// <summary>The space that an encoded <c>ASSISTANT: </c> ends with, which the answer's first piece takes in, and the begin.</summary>
    private const int NotInstruction = 2;

    private const string Answer = $" {Conversation.Assistant} ";

    public static ConversationRow Of(DecoderTokenizer tokenizer, IEnumerable<Turn> turns)
    {
        string text = Conversation.Training(turns);
        if (!SpellsEnd(tokenizer)) return Continued(tokenizer, text);
        int[] ids = Encode(tokenizer, text), labels = new int[ids.Length];
        labels.AsSpan().Fill(Ignored);
        int at = 1;
        foreach (string round in text.Split(Conversation.End))
        {
            if (round.Split(Answer) is not [var asked, _]) break;
            int length = Encode(tokenizer, round).Length, instruction = Encode(tokenizer, asked + Answer).Length - NotInstruction;
            for (int i = at + instruction; i < at + length && i < ids.Length; i++) labels[i] = ids[i];
            at += length;
        }
        bool mismatch = at != ids.Count(id => id != tokenizer.UnknownId);
        if (mismatch) labels.AsSpan().Fill(Ignored);
        return new(ids, labels, mismatch);
    }

    /// <summary>A prompt's ids; the text on either side of a picture is read as a text of its own. Where LLaMA's end of a text is no token, the tokenizer's
    /// own stands in its place.</summary>
    public static int[] Encode(DecoderTokenizer tokenizer, string prompt) => Encode(tokenizer, prompt, begins: true);

    private static int[] Encode(DecoderTokenizer tokenizer, string prompt, bool begins)
    {
        List<int> ids = [];
        string[] parts = prompt.Split(Conversation.Image);
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0) ids.Add(Image);
            string[] texts = SpellsEnd(tokenizer) ? [parts[i]] : parts[i].Split(Conversation.End);
            for (int said = 0; said < texts.Length; said++)
            {
                if (said > 0) ids.Add(tokenizer.EosId);
                ids.AddRange(tokenizer.EncodeMarked(texts[said], bos: begins && i == 0 && said == 0));
            }
        }
        return [.. ids];
    }

    /// <summary>Whether the published rule fits the tokenizer, which counts on LLaMA's end of a text being a token.</summary>
    private static bool SpellsEnd(DecoderTokenizer tokenizer) => tokenizer.EncodeMarked(Conversation.End, bos: false).Length == 1;

    /// <summary>In other tokenizers what the assistant says is learnt as it will be written: as what continues the prompt, then the end.</summary>
    private static ConversationRow Continued(DecoderTokenizer tokenizer, string text)
    {
        List<int> ids = [], labels = [];
        foreach (string round in text.Split(Conversation.End))
        {
            if (round.Split(Answer) is not [var asked, var said]) break;
            ids.AddRange(Encode(tokenizer, asked + Answer.TrimEnd(), begins: ids.Count == 0));
            labels.AddRange(Enumerable.Repeat(Ignored, ids.Count - labels.Count));
            int[] answer = [.. tokenizer.EncodeMarked($" {said}", bos: false), tokenizer.EosId];
            ids.AddRange(answer);
            labels.AddRange(answer);
        }
        return new([.. ids], [.. labels], Mismatch: false);
    }

    /// <summary>The row cut or padded to a width: the unknown piece in the ids, <see cref="Ignored"/> in the labels.</summary>
    public (int[] Ids, int[] Labels) To(int width, int padding)
    {
        int[] ids = new int[width], labels = new int[width];
        ids.AsSpan().Fill(padding);
        labels.AsSpan().Fill(Ignored);
        int length = Math.Min(width, Ids.Length);
        Ids.AsSpan(0, length).CopyTo(ids);
        Labels.AsSpan(0, length).CopyTo(labels);
        return (ids, labels);
    }
}
