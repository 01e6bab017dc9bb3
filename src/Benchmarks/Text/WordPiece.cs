using Microsoft.ML.Tokenizers;

namespace Das.Benchmarks.Text;

/// <summary>BERT's uncased WordPiece tokenizer (spec §2.3) over a <c>vocab.txt</c>.</summary>
public sealed class WordPiece
{
    private readonly BertTokenizer tokenizer;

    private WordPiece(BertTokenizer tokenizer, int vocabularySize) => (this.tokenizer, VocabularySize) = (tokenizer, vocabularySize);

    public int VocabularySize { get; }

    /// <summary>The id that stands for a hidden word.</summary>
    public long MaskId => tokenizer.MaskingTokenId;

    /// <exception cref="InvalidDataException">The file does not exist or lacks one of BERT's special tokens.</exception>
    public static WordPiece Load(string vocabulary)
    {
        if (!File.Exists(vocabulary))
            throw new InvalidDataException($"{vocabulary}: no such vocabulary. Put the tokenizer's vocab.txt beside the checkpoint, or name it in backbone.vocabulary.");
        string[] words = File.ReadAllLines(vocabulary);
        string[] missing = [.. new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" }.Except(words)];
        if (missing.Length > 0) throw new InvalidDataException($"{vocabulary}: no {string.Join(", ", missing)} in it; it is no vocabulary of an uncased BERT.");
        return new(BertTokenizer.Create(vocabulary, new BertOptions { LowerCaseBeforeTokenization = true }), words.Length);
    }

    /// <summary><c>[CLS] … [SEP]</c>, cut to <paramref name="maxLength"/> tokens in all, not padded.</summary>
    public long[] Encode(string text, int maxLength)
    {
        IReadOnlyList<int> words = tokenizer.EncodeToIds(text, addSpecialTokens: false);
        return [tokenizer.ClassificationTokenId, .. words.Take(maxLength - 2).Select(id => (long)id), tokenizer.SeparatorTokenId];
    }
}
