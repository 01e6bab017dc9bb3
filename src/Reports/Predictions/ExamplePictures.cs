namespace Das.Reports.Predictions;

/// <summary>A picture as it lies in the dataset.</summary>
/// <param name="Bytes">Encoded.</param>
/// <param name="Type">image/png or image/jpeg, as the bytes themselves say.</param>
public sealed record ExamplePicture(byte[] Bytes, string Type);

/// <summary>The pictures that runs' questions are about, out of their ingested datasets. The splits looked at last stay open.</summary>
public sealed class ExamplePictures(ArtifactStore store) : IDisposable
{
    private const int MostOpen = 4;

    private static readonly (byte[] Start, string Type)[] types =
        [([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A], "image/png"), ([0xFF, 0xD8, 0xFF], "image/jpeg")];

    private readonly Lock gate = new();

    /// <summary>The one used last stands last.</summary>
    private readonly List<(string Split, RowPictures Pictures)> open = [];

    /// <summary>How many pictures a row of the run's dataset has; 0 where there is no such row.</summary>
    /// <exception cref="DasException">The dataset is gone or damaged.</exception>
    public int Count(EvaluatedRun run, string split, string row) => Look(run, split, pictures => pictures.Of(row).Count);

    /// <summary>A picture of a row of the run's dataset; null where there is none.</summary>
    /// <param name="run">The run.</param>
    /// <param name="split">Of the dataset; the one evaluated by default.</param>
    /// <param name="row">The row's published id: what <see cref="ShownPrediction.Row"/> says.</param>
    /// <param name="number">From 0.</param>
    /// <exception cref="DasException">The dataset is gone or damaged, or the bytes are neither PNG nor JPEG.</exception>
    public ExamplePicture? Find(EvaluatedRun run, string? split, string row, int number)
    {
        byte[]? bytes = Look(run, split ?? RunPredictions.Of(run, store).Report.Split, pictures => pictures.Of(row) is var of && number >= 0
            && number < of.Count ? of[number].ToArray() : null);
        if (bytes is null) return null;
        string type = types.FirstOrDefault(known => bytes.AsSpan().StartsWith(known.Start)).Type
            ?? throw new DasException(ErrorKind.Storage, $"Picture {number} of row '{row}' is neither PNG nor JPEG; it begins with "
                + $"{Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(8, bytes.Length)))}.");
        return new(bytes, type);
    }

    public void Dispose()
    {
        lock (gate)
        {
            open.ForEach(split => split.Pictures.Dispose());
            open.Clear();
        }
    }

    /// <summary>One look at a time: a split is closed only when nobody reads it.</summary>
    private T Look<T>(EvaluatedRun run, string split, Func<RowPictures, T> look)
    {
        if (run.Dataset is not { } dataset)
            throw new DasException(ErrorKind.Usage, $"Run {run.ShortId} ({run.Name}) has no dataset yet.");
        string name = $"{dataset.Sha256} {split}";
        try
        {
            lock (gate)
            {
                string folder = store.FolderOf(dataset);
                int known = open.FindIndex(one => one.Split == name);
                var found = known >= 0 ? open[known] : (name, new RowPictures(DatasetManifest.Load(folder), split));
                if (known >= 0) open.RemoveAt(known);
                open.Add(found);
                if (open.Count > MostOpen)
                {
                    open[0].Pictures.Dispose();
                    open.RemoveAt(0);
                }
                return look(found.Item2);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Storage, $"The dataset of run {run.ShortId} ({run.Name}) cannot be read: {e.Message}", e);
        }
    }
}
