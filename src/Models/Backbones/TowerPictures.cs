namespace Das.Models.Backbones;

/// <summary>
/// How pictures are prepared for an image tower, as the file beside its weights says it: the shorter side resized (bicubic), a centred square cut out,
/// every channel less its mean over its deviation. A model of another image size resizes by the same share.
/// </summary>
public sealed record TowerPictures
{
    /// <summary>The shorter side in pixels, before the cut.</summary>
    public required int Shorter { get; init; }

    /// <summary>The square's side in pixels.</summary>
    public required int Crop { get; init; }

    /// <summary>Of red, green and blue in [0, 1].</summary>
    public required float[] Mean { get; init; }

    /// <summary>Of red, green and blue in [0, 1].</summary>
    public required float[] Deviation { get; init; }

    /// <summary>The shorter side for a model of that image size.</summary>
    /// <param name="imageSize">Side in pixels of the model's pictures.</param>
    public int ShorterFor(int imageSize) => (int)Math.Round((double)Shorter * imageSize / Crop);

    /// <exception cref="DasException">The values are of no preparation.</exception>
    internal void ThrowIfImpossible()
    {
        bool possible = Crop is > 0 and <= ModelBounds.Width && Shorter >= Crop && Shorter <= ModelBounds.Width
            && Mean is { Length: 3 } && Deviation is { Length: 3 } && Mean.All(float.IsFinite) && Deviation.All(value => value > 0 && float.IsFinite(value));
        if (!possible)
            throw new DasException(ErrorKind.Checkpoint, "pictures must have a shorter side of at least the crop, three means and three deviations above 0, "
                + $"but has shorter {Shorter}, crop {Crop}, mean [{string.Join(", ", Mean ?? [])}], deviation [{string.Join(", ", Deviation ?? [])}].");
    }
}
