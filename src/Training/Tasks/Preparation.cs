using Das.Benchmarks.Images;
using Das.Benchmarks.Text;
using Das.Training.Batches;
using static TorchSharp.torch;

namespace Das.Training.Tasks;

/// <summary>How the texts and pictures of one split become tensors (spec §2.3, §3.3).</summary>
/// <param name="Tokenizer">The backbone's.</param>
/// <param name="MaxText">Longest text in tokens.</param>
/// <param name="Transform">Encoded picture to normalised pixels; its second argument is what training does to the decoded picture first.</param>
/// <param name="Device">Where the tensors lie.</param>
/// <param name="Seed">The recipe's.</param>
/// <param name="Purpose">Tells the draws of one run apart: <c>train</c>, <c>reward</c>, <c>evaluate</c>.</param>
/// <param name="Augment">Whether pictures go through RandAugment.</param>
public sealed record Preparation(
    Tokenizer Tokenizer, int MaxText, Func<ReadOnlyMemory<byte>, Func<Raster, Raster>?, PixelImage> Transform, Device Device, int Seed, string Purpose, bool Augment = false)
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

    public Tensor ToTensor(PixelBatch images) => tensor(images.Data, images.Count, 3, images.Height, images.Width).to(Device);
}
