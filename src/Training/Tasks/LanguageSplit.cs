using Das.Benchmarks.Arrow;
using Das.Benchmarks.Images;
using Das.Benchmarks.Text;
using Das.Models.Backbones;
using Das.Models.Skipping;
using Das.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Das.Training.Tasks;

/// <summary>Texts to be continued, some of them about a picture. A text whose target lies beyond the longest sequence teaches nothing and is left out.</summary>
internal sealed class LanguageSplit : ITaskSplit
{
    private readonly LanguageTable table;
    private readonly LanguagePreparation preparation;
    private readonly (int Number, TokenRow Row)[] rows;
    private readonly Lookahead<PixelImage?[]> pictures;

    /// <param name="table">Owned.</param>
    /// <param name="preparation">How samples become tensors.</param>
    /// <exception cref="ArgumentException">No text's target fits.</exception>
    public LanguageSplit(LanguageTable table, LanguagePreparation preparation)
    {
        (this.table, this.preparation) = (table, preparation);
        rows = [.. Enumerable.Range(0, table.Count).AsParallel().AsOrdered().Select(i => (i, preparation.Row(table[i]))).Where(r => r.Item2.Targets > 0)];
        if (rows.Length == 0)
            throw new ArgumentException($"No text of {table.Count} leaves room for its answer within {preparation.MaxLength} tokens. Raise maxLength in backbone.config.");
        pictures = new((indices, _) => [.. indices.Select(i => preparation.Picture(table[rows[i].Number].Image))]);
    }

    public int Count => rows.Length;

    public TaskBatch Load(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following = null) => new LanguageBatch(preparation.Batch(
        [.. indices.Select(i => rows[i].Row)], preparation.ReadsImages ? pictures.Take(indices, position, following) : []));

    public void Dispose() => table.Dispose();
}

/// <summary>How texts and pictures become a decoder's batches (spec §4.3, §4.4).</summary>
/// <param name="Tokenizer">The backbone's.</param>
/// <param name="MaxLength">Longest training text in tokens.</param>
/// <param name="ImageSize">S: side in pixels; 0 where the backbone reads no images.</param>
/// <param name="Transform">Encoded picture to normalised (3, S, S) pixels.</param>
/// <param name="Device">Where the tensors lie.</param>
public sealed record LanguagePreparation(PieceTokenizer Tokenizer, int MaxLength, int ImageSize, Func<ReadOnlyMemory<byte>, PixelImage> Transform, Device Device)
{
    public bool ReadsImages => ImageSize > 0;

    /// <summary>A training text.</summary>
    public TokenRow Row(LanguageSample sample) => TokenRow.Of(Tokenizer, sample.Prompt, sample.Target, MaxLength);

    /// <summary>A picture's pixels; null where there is none.</summary>
    public PixelImage? Picture(ReadOnlyMemory<byte> encoded) => encoded.IsEmpty ? null : Transform(encoded);

    /// <summary>Training texts with their labels, as wide as the longest.</summary>
    /// <param name="texts">B texts.</param>
    /// <param name="pictures">B pictures or nulls; empty where no images are read.</param>
    public TokenBatch Batch(IReadOnlyList<TokenRow> texts, IReadOnlyList<PixelImage?> pictures)
    {
        int T = texts.Max(text => text.Length);
        long[] labels = [.. texts.SelectMany(text => Enumerable.Range(0, T).Select(i => i >= text.PromptLength && i < text.Length ? text.Ids[i] : TokenBatch.Ignored))];
        return Of([.. texts.Select(text => text.Ids[..text.Length])], T, labels, pictures);
    }

    /// <summary>Texts to be continued, as wide as the longest.</summary>
    /// <param name="texts">B rows of ids, the first of each the beginning of text.</param>
    /// <param name="pictures">B pictures or nulls; empty where no images are read.</param>
    public TokenBatch Batch(IReadOnlyList<int[]> texts, IReadOnlyList<PixelImage?> pictures) =>
        Of([.. texts.Select(text => text.Select(id => (long)id).ToArray())], texts.Max(text => text.Length), null, pictures);

    private TokenBatch Of(IReadOnlyList<long[]> texts, int T, long[]? labels, IReadOnlyList<PixelImage?> pictures)
    {
        int B = texts.Count;
        long[] ids = [.. texts.SelectMany(text => text.Concat(Enumerable.Repeat(TokenRow.Padding, T - text.Length)))];
        return new(tensor(ids, B, T).to(Device), [.. texts.Select(text => text.Length)], labels is null ? null : tensor(labels, B, T).to(Device),
            pictures.Count == 0 ? null : Pixels(pictures), [.. pictures.Select(picture => picture is not null)]);
    }

    private Tensor Pixels(IReadOnlyList<PixelImage?> pictures)
    {
        int values = 3 * ImageSize * ImageSize;
        float[] pixels = new float[pictures.Count * values];
        for (int i = 0; i < pictures.Count; i++) pictures[i]?.Chw.CopyTo(pixels, i * values);
        return tensor(pixels, pictures.Count, 3, ImageSize, ImageSize).to(Device);
    }
}

/// <summary>Texts with their answers.</summary>
/// <param name="tokens">With labels; owned.</param>
public sealed class LanguageBatch(TokenBatch tokens)
    : TaskBatch(new((int)tokens.Ids.shape[0], (int)tokens.Ids.shape[1], tokens.Image is { } image ? ((int)image.shape[2], (int)image.shape[3]) : (0, 0), 1),
        [tokens.Ids, .. tokens.Labels is null ? [] : new[] { tokens.Labels }, .. tokens.Image is null ? [] : new[] { tokens.Image }])
{
    /// <returns>(B, V): what follows each row's last token.</returns>
    public override Tensor Outputs(SkippableModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        LanguageModel decoder = (LanguageModel)model;
        Sequence sequence = decoder.Assemble(tokens);
        Tensor hidden = decoder.Hidden(sequence);
        Tensor[] last = [.. sequence.Lengths.Select((length, row) => hidden[row][length - 1])];
        return decoder.Logits(stack(last, 0)).MoveToOuterDisposeScope();
    }

    public override Tensor Loss(SkippableModel model) => LanguageObjective.Loss((LanguageModel)model, tokens);
}
