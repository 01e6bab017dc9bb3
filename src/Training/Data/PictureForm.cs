namespace Das.Training.Data;

/// <summary>Encoded picture to one of the model's size; the second argument is what training does to the decoded picture first.</summary>
public delegate Raster PictureTransform(ReadOnlyMemory<byte> encoded, Func<Raster, Raster>? augment);

/// <summary>How a backbone's published code prepares pictures, or how its image tower's files say it: the one place that gives <see cref="ImageTransform"/>
/// a meaning.</summary>
/// <param name="Sized">Image size → the transform.</param>
/// <param name="Normalization">What becomes of the levels of such a picture.</param>
public sealed record PictureForm(Func<int, PictureTransform> Sized, PixelNormalization Normalization)
{
    private static readonly Dictionary<ImageTransform, PictureForm> Known = new()
    {
        [ImageTransform.Pixelbert] = new(size => (picture, augment) => new PixelbertTransform(size).Apply(picture, augment),
            PixelbertTransform.Normalization),
        [ImageTransform.Clip] = new(size => (picture, augment) => new ClipTransform(size).Apply(picture, augment), ClipTransform.Normalization),
        [ImageTransform.Stretched] = new(size => (picture, _) => new StretchTransform(size).Apply(picture), StretchTransform.Normalization),
        [ImageTransform.Padded] = new(size => (picture, _) => new SquareTransform(size).Apply(picture), SquareTransform.Normalization),
    };

    /// <param name="backbone">The family.</param>
    /// <param name="pictures">What the image tower's files say; null where the family's published code decides.</param>
    /// <exception cref="DasException">The backbone reads no pictures.</exception>
    public static PictureForm Of(Backbone backbone, TowerPictures? pictures) => pictures is not null ? Of(pictures)
        : Known.TryGetValue(backbone.Transform, out PictureForm? form) ? form
        : throw new DasException(ErrorKind.Recipe, $"backbone '{backbone.Name}' reads no pictures.");

    private static PictureForm Of(TowerPictures pictures) => new(
        size => (picture, augment) => new CroppedTransform(pictures.ShorterFor(size), size).Apply(picture, augment),
        new(pictures.Mean, pictures.Deviation));
}
