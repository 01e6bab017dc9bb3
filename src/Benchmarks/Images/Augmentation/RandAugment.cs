namespace Das.Benchmarks.Images.Augmentation;

/// <summary>
/// RandAugment (Cubuk et al. 2019, https://arxiv.org/abs/1909.13719) with two operations of magnitude 9 of 30, as ViLT and METER train with it
/// (<c>V/transforms/randaug.py</c>, method §2.3): drawn uniformly with replacement from fourteen, applied one after the other to the whole RGB
/// picture, before it is resized.
/// </summary>
public static class RandAugment
{
    private const int Drawn = 2;

    /// <summary>9 of 30.</summary>
    private const double Magnitude = 9.0 / 30;

    /// <summary>An operation at its magnitude; the sign (1 or -1) counts where a direction does.</summary>
    private sealed record Operation(string Name, bool Signed, Func<Raster, double, Raster> Apply);

    /// <summary>In the published order; ranges are those of the published table.</summary>
    private static readonly Operation[] Operations =
    [
        new("AutoContrast", false, (image, _) => Tones.AutoContrast(image)),
        new("Equalize", false, (image, _) => Tones.Equalize(image)),
        new("Rotate", true, (image, sign) => Affine.Rotate(image, sign * Value(0, 30))),
        new("Posterize", false, (image, _) => Tones.Posterize(image, Math.Max(1, (int)Value(0, 4)))),
        new("Solarize", false, (image, _) => Tones.Solarize(image, Value(0, 256))),
        new("SolarizeAdd", false, (image, _) => Tones.SolarizeAdd(image, Value(0, 110))),
        new("Color", false, (image, _) => Enhancement.Color(image, (float)Value(0.1, 1.9))),
        new("Contrast", false, (image, _) => Enhancement.Contrast(image, (float)Value(0.1, 1.9))),
        new("Brightness", false, (image, _) => Enhancement.Brightness(image, (float)Value(0.1, 1.9))),
        new("Sharpness", false, (image, _) => Enhancement.Sharpness(image, (float)Value(0.1, 1.9))),
        new("ShearX", true, (image, sign) => Affine.ShearX(image, sign * Value(0, 0.3))),
        new("ShearY", true, (image, sign) => Affine.ShearY(image, sign * Value(0, 0.3))),
        new("TranslateXabs", true, (image, sign) => Affine.TranslateX(image, sign * Value(0, 100))),
        new("TranslateYabs", true, (image, sign) => Affine.TranslateY(image, sign * Value(0, 100))),
    ];

    /// <summary>The operations' published names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Operations.Select(o => o.Name)];

    /// <summary>Draws what is done to a picture; it can be done whenever and wherever.</summary>
    /// <param name="below">Draws uniformly from 0 up to, not including, its argument; two operations, and a sign for each that has one.</param>
    /// <returns>Takes an RGB picture.</returns>
    public static Func<Raster, Raster> Draw(Func<int, int> below)
    {
        Operation[] drawn = [.. Enumerable.Range(0, Drawn).Select(_ => Operations[below(Operations.Length)])];
        (Operation Operation, double Sign)[] signed = [.. drawn.Select(operation => (operation, operation.Signed && below(2) == 1 ? -1.0 : 1))];
        return image => signed.Aggregate(image, (current, next) => next.Operation.Apply(current, next.Sign));
    }

    private static double Value(double low, double high) => Magnitude * (high - low) + low;
}
