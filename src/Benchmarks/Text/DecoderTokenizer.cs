namespace Das.Benchmarks.Text;

/// <summary>A decoder's text front end. A decoder reads its own text on, so ids turn back into text; the encoders' <see cref="Tokenizer"/> frames and
/// pads and does not.</summary>
public abstract class DecoderTokenizer
{
    /// <summary>Rows of the word embedding that it needs: one more than the highest id.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Ends a text, here and in a conversation.</summary>
    /// <exception cref="DasException">The tokenizer does not say which token does.</exception>
    public abstract int EosId { get; }

    /// <summary>Stands for what no token spells; -1 where the vocabulary spells everything.</summary>
    public abstract int UnknownId { get; }

    /// <summary>The token with that id, as the vocabulary spells it.</summary>
    public abstract string this[int id] { get; }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; an empty one has no ids of its own.</param>
    /// <param name="bos">Whether what begins every text comes first.</param>
    /// <param name="eos">Whether <see cref="EosId"/> comes last.</param>
    public abstract int[] Encode(string text, bool bos = false, bool eos = false);

    /// <summary>The ids of a text with special tokens written in it, which become their ids; what stands between them is read as a text of its own.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="bos">Whether what begins every text comes first.</param>
    public abstract int[] EncodeMarked(string text, bool bos = true);

    /// <summary>The text that the ids stand for, without special tokens and without the space that every text may be read with.</summary>
    public abstract string Decode(IEnumerable<int> encoded);

    /// <summary>What the ids add to a text before them: unlike the beginning of a text, they keep their first space.</summary>
    public abstract string DecodeContinuation(IEnumerable<int> encoded);
}
