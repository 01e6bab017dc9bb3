using Das.Benchmarks.Catalog.Shapes;

namespace Das.Training.Data;

/// <summary>Pictures with captions that a backbone is pretrained on. A pair is a function of its number alone, whatever was drawn before it.</summary>
public abstract class CaptionedPairs : IDisposable
{
    /// <summary>What is told of the data in the finished checkpoint, by name.</summary>
    public virtual IReadOnlyDictionary<string, string> Facts => new Dictionary<string, string>();

    /// <summary>The captions of a pair's picture.</summary>
    public abstract IReadOnlyList<string> Captions(long pair);

    /// <summary>A caption that does not belong to a pair's picture.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="caption">Which of its own stands aside for it.</param>
    public abstract string Wrong(long pair, int caption);

    /// <summary>Prepares pictures, on whatever thread; what it gives makes them tensors, on the caller's.</summary>
    /// <param name="first">The first pair's number.</param>
    /// <param name="count">B.</param>
    /// <returns>Gives (B, 3, H, W) normalised pixels, or (B, N, W), the kept output of a frozen image tower.</returns>
    public abstract Func<Tensor> Pictures(long first, int count);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected static Func<Tensor> Pixels(IEnumerable<Lazy<Raster>> pictures, PixelNormalization normalization)
    {
        Tensor batch = PictureBatch.Of([.. pictures], normalization);
        return () => batch.to(CPU, disposeAfter: true);
    }
}

/// <summary>Generated scenes; a wrong caption contradicts its scene.</summary>
/// <param name="seed">The recipe's.</param>
/// <param name="normalization">The model's.</param>
public sealed class GeneratedPairs(int seed, PixelNormalization normalization) : CaptionedPairs
{
    public override IReadOnlyList<string> Captions(long pair) => Scene(pair).Captions;

    public override string Wrong(long pair, int caption) => Caption.Contradict(Scene(pair), caption, Seeds.Of(seed, "pretrain/contradiction", pair));

    public override Func<Tensor> Pictures(long first, int count) => Pixels(Enumerable.Range(0, count).Select(i =>
        new Lazy<Raster>(() => new(Scene(first + i).Pixels, ShapesScene.Width, ShapesScene.Height, 3))), normalization);

    private ShapesScene Scene(long pair) => ShapesScene.At(Seeds.Of(seed, "pretrain/scenes", 0), pair);
}
