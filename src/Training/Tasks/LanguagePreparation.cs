namespace Das.Training.Tasks;

/// <summary>How the texts and pictures of one split become a decoder's batches (method §4.3, §4.4, §5.3).</summary>
public sealed class LanguagePreparation : IDisposable
{
    private readonly LanguageModel model;
    private readonly Func<ReadOnlyMemory<byte>, PixelImage> transform;
    private readonly Device device;
    private readonly KeptPictures? kept;

    /// <param name="texts">What the family's tokenizer sees.</param>
    /// <param name="model">Whose longest text and image size count.</param>
    /// <param name="transform">Encoded picture to normalised (3, S, S) pixels.</param>
    /// <param name="device">Where the tensors lie.</param>
    /// <param name="kept">What the frozen image tower makes of the split's pictures, owned; null where that is not kept.</param>
    internal LanguagePreparation(TextForm texts, LanguageModel model, Func<ReadOnlyMemory<byte>, PixelImage> transform, Device device, KeptPictures? kept) =>
        (Texts, this.model, this.transform, this.device, this.kept) = (texts, model, transform, device, kept);

    public TextForm Texts { get; }

    /// <summary>Longest sequence in tokens.</summary>
    public int MaxLength => model.MaxLength;

    private bool ReadsImages => model.ImageSize > 0;

    /// <summary>A training text that leaves room for what the family adds to it.</summary>
    public LearntText Training(LanguageSample sample) => Texts.Training(sample, model.MaxLength - model.InsertedPositions(ReadsImages && sample.HasImage));

    /// <summary>The pictures of those rows, on whatever thread.</summary>
    public ShownPictures Pictures(LanguageTable table, IReadOnlyList<int> rows)
    {
        if (!ReadsImages) return ShownPictures.None;
        if (kept is not null) return new([], [.. rows.Select(row => kept.Numbers[row])]);
        return new([.. rows.Select(row => table.Image(row) is { IsEmpty: false } image ? transform(image) : null)], []);
    }

    /// <summary>Training texts with their labels, as wide as the longest.</summary>
    /// <param name="texts">B texts.</param>
    /// <param name="pictures">Of B rows, or <see cref="ShownPictures.None"/>.</param>
    public TokenBatch Batch(IReadOnlyList<LearntText> texts, ShownPictures pictures)
    {
        int T = texts.Max(text => text.Length);
        return Of([.. texts.Select(text => text.Ids)], T, tensor(Padded(texts.Select(text => text.Labels), T, TokenBatch.Ignored), texts.Count, T).to(device),
            pictures);
    }

    /// <summary>Texts to be continued, as wide as the longest.</summary>
    /// <param name="texts">B rows of ids, the first of each the beginning of text.</param>
    /// <param name="pictures">Of B rows, or <see cref="ShownPictures.None"/>.</param>
    public TokenBatch Batch(IReadOnlyList<int[]> texts, ShownPictures pictures) =>
        Of([.. texts.Select(text => text.Select(id => (long)id).ToArray())], texts.Max(text => text.Length), null, pictures);

    public void Dispose() => kept?.Towers.Dispose();

    private TokenBatch Of(IReadOnlyList<long[]> texts, int T, Tensor? labels, ShownPictures pictures)
    {
        Tensor? image = !pictures.Any ? null : (kept is null ? Pixels(pictures.Pixels) : kept.Towers.Rows(pictures.Numbers)).to(device);
        return new(tensor(Padded(texts, T, TokenRow.Padding), texts.Count, T).to(device), [.. texts.Select(text => text.Length)], labels, image,
            pictures.Shown);
    }

    private static long[] Padded(IEnumerable<long[]> rows, int width, long padding) =>
        [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(padding, width - row.Length)))];

    private Tensor Pixels(IReadOnlyList<PixelImage?> pictures)
    {
        int side = model.ImageSize, values = 3 * side * side;
        float[] pixels = new float[pictures.Count * values];
        for (int i = 0; i < pictures.Count; i++) pictures[i]?.Chw.CopyTo(pixels, i * values);
        return tensor(pixels, pictures.Count, 3, side, side);
    }
}

/// <summary>What is kept of a split's pictures.</summary>
/// <param name="Towers">The frozen tower's output for each.</param>
/// <param name="Numbers">Of every row of the split its picture's number, or -1 where it has none.</param>
internal sealed record KeptPictures(KeptTowers Towers, IReadOnlyList<int> Numbers);

/// <summary>The pictures of a batch's rows: pixels, or the numbers of those whose features are kept.</summary>
/// <param name="Pixels">B pictures or nulls; empty where features are kept.</param>
/// <param name="Numbers">B numbers, -1 for no picture; empty where there are pixels.</param>
public sealed record ShownPictures(IReadOnlyList<PixelImage?> Pixels, IReadOnlyList<int> Numbers)
{
    /// <summary>For a model that reads none.</summary>
    public static ShownPictures None { get; } = new([], []);

    /// <summary>Which rows show one.</summary>
    public IReadOnlyList<bool> Shown => Numbers.Count > 0 ? [.. Numbers.Select(number => number >= 0)] : [.. Pixels.Select(picture => picture is not null)];

    public bool Any => Shown.Contains(true);
}
