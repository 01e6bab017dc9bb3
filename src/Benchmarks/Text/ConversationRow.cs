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

    public static ConversationRow Of(DecoderTokenizer tokenizer, IEnumerable<Turn> turns)
    {
        const string answer = $" {Conversation.Assistant} ";
        string text = Conversation.Training(turns);
        int[] ids = Encode(tokenizer, text), labels = new int[ids.Length];
        labels.AsSpan().Fill(Ignored);
        int at = 1;
        foreach (string round in text.Split(Conversation.End))
        {
            if (round.Split(answer) is not [var asked, _]) break;
            int length = Encode(tokenizer, round).Length, instruction = Encode(tokenizer, asked + answer).Length - NotInstruction;
            for (int i = at + instruction; i < at + length && i < ids.Length; i++) labels[i] = ids[i];
            at += length;
        }
        bool mismatch = at != ids.Count(id => id != tokenizer.UnknownId);
        if (mismatch) labels.AsSpan().Fill(Ignored);
        return new(ids, labels, mismatch);
    }

    /// <summary>A prompt's ids; the text on either side of a picture is read as a text of its own.</summary>
    public static int[] Encode(DecoderTokenizer tokenizer, string prompt)
    {
        List<int> ids = [];
        string[] parts = prompt.Split(Conversation.Image);
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0) ids.Add(Image);
            ids.AddRange(tokenizer.EncodeMarked(parts[i], bos: i == 0));
        }
        return [.. ids];
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
