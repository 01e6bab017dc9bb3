namespace Das.Benchmarks.Images;

/// <summary>
/// Which sizes of pictures the transform of a backbone refuses, so that they are named when a dataset is made and not in the midst of training. What is
/// not listed takes every size.
/// </summary>
public static class TransformLimits
{
    private static readonly Dictionary<string, Func<int, Action<int, int>>> Known = new(StringComparer.Ordinal)
    {
        ["vilt"] = size => new PixelbertTransform(size).Check,
        ["llava"] = _ => SquareTransform.Check,
    };

    /// <summary>Throws a <see cref="DasException"/> for a width and height that cannot be used; null where all can.</summary>
    /// <param name="backbone">Its name in recipes.</param>
    /// <param name="size">The recipe's image size.</param>
    public static Action<int, int>? Of(string backbone, int size) => Known.GetValueOrDefault(backbone)?.Invoke(size);
}
