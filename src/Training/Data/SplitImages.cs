using Das.Benchmarks.Images.Augmentation;
using Das.Benchmarks.Images.Formats;

namespace Das.Training.Data;

/// <summary>The pictures of one batch on their way to the device.</summary>
/// <param name="Images">
/// (B, 3, H, W) pixels, normalised and padded to one extent, or (B, N, W) kept output of the frozen tower; zeros where a row shows none, null where all do.
/// </param>
/// <param name="Numbers">B numbers of the split's pictures, negative where a row shows none.</param>
public sealed record ImageBatch(Tensor? Images, IReadOnlyList<int> Numbers)
{
    /// <summary>Which rows show one.</summary>
    public IReadOnlyList<bool> Shown => [.. Numbers.Select(number => number >= 0)];
}

/// <summary>
/// The pictures of one split as a model takes them: pixels, made ready as its published code does, or what its frozen image tower makes of them,
/// computed once and kept.
/// </summary>
public sealed class SplitImages : IDisposable
{
    private readonly PictureList list;
    private readonly PictureTransform transform;
    private readonly PixelNormalization normalization;
    private readonly Device device;
    private readonly Func<string, long, SeededRandom>? augments;
    private readonly KeptTowers? kept;

    /// <param name="inputs">The model, and a recipe that says whether and how exactly its frozen tower's output is kept.</param>
    /// <param name="split">Whose pictures.</param>
    /// <param name="list">The pictures.</param>
    /// <param name="size">The model's image size.</param>
    /// <param name="augments">Draws for RandAugment, by what is drawn and the position of the batch; null where pictures are not augmented.</param>
    /// <param name="keep">Whether kept output may stand in for pixels.</param>
    public SplitImages(TaskInputs inputs, string split, PictureList list, int size, Func<string, long, SeededRandom>? augments, bool keep)
    {
        (this.list, this.augments, device) = (list, augments, inputs.Device);
        PictureForm form = PictureForm.Of(inputs.Backbone, inputs.Model.Pictures);
        (transform, normalization) = (form.Sized(size), form.Normalization);
        if (TransformLimits.Of(inputs.Backbone.Name, size) is { } check) Require(check, split);
        if (keep && augments is null && list.Count > 0 && inputs.Model.HasFrozenImageTower)
            kept = KeptTowers.Open(inputs, split, list.Count, number => () => PictureBatch.Of(transform(list.Picture(number), null), normalization));
    }

    /// <summary>Pictures that are made ready when they are asked for, null where a place has none; each is augmented, if at all, by draws of its
    /// own.</summary>
    /// <param name="places">See <see cref="PictureList"/>.</param>
    /// <param name="position">Of the batch: see <c>TaskSplit.Load</c>.</param>
    /// <param name="what">Tells several pictures of one sample apart.</param>
    public Lazy<Raster>?[] Pictures(IEnumerable<int> places, long position, string what = "image")
    {
        SeededRandom? random = augments?.Invoke($"augment-{what}", position);
        return [.. places.Select(list.NumberOf).Select(number => number < 0 ? null : Picture(number, random is null ? null : RandAugment.Draw(random.Next)))];
    }

    /// <summary>One picture a row.</summary>
    public ImageBatch Batch(int[] places, long position) => Batch([places], () => [Pictures(places, position)])[0];

    /// <summary>Several pictures a row, all padded to one extent.</summary>
    /// <param name="places">Of each kind of picture its B places.</param>
    /// <param name="pictures">Gives their <see cref="Pictures"/>; not asked for where output is kept.</param>
    public ImageBatch[] Batch(IReadOnlyList<int[]> places, Func<IReadOnlyList<Lazy<Raster>?[]>> pictures)
    {
        int[][] numbers = [.. places.Select(of => of.Select(list.NumberOf).ToArray())];
        if (kept is not null) return [.. numbers.Select(of => Made(of, () => kept.Rows(of)))];
        IReadOnlyList<Lazy<Raster>?[]> wanted = pictures();
        var extent = Collation.Extent(PictureBatch.Made([.. wanted.SelectMany(of => of)]));
        return [.. wanted.Zip(numbers, (of, numbered) => Made(numbered, () => PictureBatch.Of(of, normalization, extent)))];
    }

    /// <summary>Images of a batch that shows some, on the device. What was made ready is given up.</summary>
    public Tensor ToTensor(ImageBatch images) => images.Images!.to(device, disposeAfter: true, non_blocking: true);

    public void Dispose() => kept?.Dispose();

    /// <summary>For a GPU, memory that it reads by itself while the processor goes on.</summary>
    private ImageBatch Made(int[] numbers, Func<Tensor> images)
    {
        if (Array.TrueForAll(numbers, number => number < 0)) return new(null, numbers);
        Tensor made = images();
        if (device.type != DeviceType.CUDA) return new(made, numbers);
        using (made) return new(made.pin_memory(), numbers);
    }

    private Lazy<Raster> Picture(int number, Func<Raster, Raster>? augment) => new(() => transform(list.Picture(number), augment));

    /// <summary>A dataset may have been made for another model, which uses pictures that this one cannot.</summary>
    private void Require(Action<int, int> check, string split)
    {
        string? refused = Enumerable.Range(0, list.Count).AsParallel().AsOrdered().Select(Refusal).FirstOrDefault(reason => reason is not null);
        if (refused is not null) throw new DasException(ErrorKind.Data,
            $"The split '{split}' has a picture that this model cannot use: {refused} With benchmark.onBadInput \"skip\" the dataset is made without it.");

        string? Refusal(int number)
        {
            if (list.Picture(number) is not { IsEmpty: false } encoded) return null;
            try
            {
                using PictureRows picture = ImageDecoder.Open(encoded);
                check(picture.Width, picture.Height);
                return null;
            }
            catch (DasException e)
            {
                return e.Message;
            }
        }
    }
}
