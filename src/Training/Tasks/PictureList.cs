namespace Das.Training.Tasks;

/// <summary>The pictures of a split by number, whatever its task: one a row, or the left and the right one of each pair.</summary>
internal sealed class PictureList : IDisposable
{
    private readonly IDisposable table;
    private readonly Func<int, ReadOnlyMemory<byte>> picture;

    private PictureList(IDisposable table, int count, Func<int, ReadOnlyMemory<byte>> picture) => (this.table, Count, this.picture) = (table, count, picture);

    public int Count { get; }

    public ReadOnlyMemory<byte> this[int number] => picture(number);

    public static PictureList Of(DatasetManifest dataset, string split)
    {
        switch (dataset.Task)
        {
            case BenchmarkTask.Vqa:
                VqaTable questions = dataset.OpenSplit(split);
                return new(questions, questions.Rows, row => questions.Image(row));
            case BenchmarkTask.Nlvr2:
                PairTable pairs = dataset.OpenPairs(split);
                return new(pairs, 2 * pairs.Rows, number => number % 2 == 0 ? pairs.Left(number / 2) : pairs.Right(number / 2));
            default:
                CaptionTable captions = dataset.OpenCaptions(split);
                return new(captions, captions.Rows, captions.Image);
        }
    }

    public void Dispose() => table.Dispose();
}
