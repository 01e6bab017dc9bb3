namespace Das.Training.Tasks;

/// <summary>How the texts and pictures of one split become tensors (method §2.3, §3.3).</summary>
/// <param name="Tokenizer">The backbone's.</param>
/// <param name="MaxText">Longest text in tokens.</param>
/// <param name="Transform">Encoded picture to normalised pixels; its second argument is what training does to the decoded picture first.</param>
/// <param name="Device">Where the tensors lie.</param>
/// <param name="Seed">The recipe's.</param>
/// <param name="Purpose">Tells the draws of one run apart: <c>train</c>, <c>reward</c>, <c>evaluate</c>.</param>
/// <param name="Augment">Whether pictures go through RandAugment.</param>
/// <param name="Towers">What the frozen image tower makes of every picture of the split; null where that is not kept.</param>
public sealed record Preparation(
    Tokenizer Tokenizer, int MaxText, Func<ReadOnlyMemory<byte>, Func<Raster, Raster>?, PixelImage> Transform, Device Device, int Seed, string Purpose,
        bool Augment = false,
    KeptTowers? Towers = null)
{
    /// <summary>Draws for <paramref name="what"/> at a position of this split's stream.</summary>
    public SeededRandom Random(string what, long position) => Seeds.Random(Seed, $"{Purpose}/{what}", position);

    public TextBatch Texts(IEnumerable<string> texts) => TextBatch.Of(Tokenizer, texts, MaxText);

    /// <summary>Normalised pictures; each is augmented, if at all, by draws of its own.</summary>
    /// <param name="encoded">Picture files.</param>
    /// <param name="position">See <see cref="ITaskSplit.Load"/>.</param>
    /// <param name="what">Tells several pictures of one sample apart.</param>
    public PixelImage[] Pictures(IEnumerable<ReadOnlyMemory<byte>> encoded, long position, string what = "image")
    {
        if (!Augment) return [.. encoded.Select(picture => Transform(picture, null))];
        SeededRandom random = Random($"augment-{what}", position);
        return [.. encoded.Select(picture => Transform(picture, image => RandAugment.Apply(image, random.Next)))];
    }

    /// <summary>Images for a model: kept features where there are any, else pixels.</summary>
    /// <param name="pixels">Makes the padded pixels.</param>
    /// <param name="numbers">Which pictures of the split they are.</param>
    internal Images Images(Func<PixelBatch> pixels, int[] numbers) => Towers is null ? new(pixels(), []) : new(null, numbers);

    /// <summary>(B, 3, H, W) pixels or (B, N, W) kept features, on the device.</summary>
    internal Tensor ToTensor(Images images) => images.Pixels is { } pixels ? ToTensor(pixels) : Towers!.Rows(images.Numbers).to(Device);

    /// <summary>(B, 3, H, W) on the device.</summary>
    public Tensor ToTensor(PixelBatch pixels) => tensor(pixels.Data, pixels.Count, 3, pixels.Height, pixels.Width).to(Device);
}

/// <summary>Either pixels or the numbers of pictures whose features are kept.</summary>
internal sealed record Images(PixelBatch? Pixels, int[] Numbers);
