using System.Threading.Channels;
using Das.Benchmarks.Images;

namespace Das.Ingest;

/// <summary>
/// Raw files to verified Arrow tables. Every picture is read and decoded, in parallel; rows are written in the order given, and at most
/// <see cref="Ahead"/> of them are in memory, so memory does not grow with the data. The same input gives the same bytes, also where an ingest was
/// ended and goes on behind its last record batch.
/// </summary>
public static class DatasetWriter
{
    /// <summary>Rows read ahead of the writer: enough to keep every core decoding while one batch is written.</summary>
    public static int Ahead { get; } = 4 * Environment.ProcessorCount;

    /// <summary>Rows between two reports of progress.</summary>
    private const int ReportEvery = 256;

    /// <summary>Reads the raw questions and answers, and no picture.</summary>
    /// <exception cref="DasException">They cannot be used, or a split would have no rows.</exception>
    public static RawDataset Open(Benchmark benchmark, string? source, JsonObject? options, BadInputs bad, CancellationToken cancel)
    {
        RawDataset raw = benchmark.Open(source, options, bad, cancel);
        try
        {
            RequireRows(benchmark, Published(raw.Splits ?? benchmark.Splits, raw.Tables), raw.Tables.ToDictionary(t => t.FileName, t => t.Count), bad);
            return raw;
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes every table of <paramref name="benchmark"/> into <paramref name="folder"/>, and the manifest last. It goes on with what an ingest of the same
    /// values left there, so the raw files must be the same as well.
    /// </summary>
    /// <param name="benchmark">From the catalog.</param>
    /// <param name="source">Folder or zip of the raw files; null for a benchmark that generates its own.</param>
    /// <param name="options">Values that only this benchmark knows.</param>
    /// <param name="onBadInput"><c>stop</c> or <c>skip</c>.</param>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="progress">Rows done, rows in all, the table being written.</param>
    /// <param name="cancel">Ends it; nothing is left that looks like a dataset, but what is needed to go on.</param>
    /// <param name="check">Throws for a picture's width and height that the model cannot use: <see cref="TransformLimits"/>.</param>
    /// <exception cref="DasException">An input cannot be used and <paramref name="onBadInput"/> is <c>stop</c>.</exception>
    /// <exception cref="DasException">A raw file is missing, or an option unknown.</exception>
    public static async Task<DatasetManifest> WriteAsync(
        Benchmark benchmark, string? source, JsonObject? options, string onBadInput, string folder,
        IProgress<(long Done, long Total, string Note)>? progress, CancellationToken cancel, Action<int, int>? check = null)
    {
        BadInputs bad = new(onBadInput);
        progress?.Report((0, 0, "reading questions and answers"));
        using RawDataset raw = await Task.Run(() => Open(benchmark, source, options, bad, cancel), cancel);

        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, DatasetManifest.FileName));
        long total = raw.Tables.Sum(t => t.Count), done = 0;
        List<DatasetFile> files = [];
        using KeptTables kept = new(folder, string.Join('\n', benchmark.Name, benchmark.Version, source, options?.ToJsonString(), onBadInput));
        try
        {
            foreach (RawTable table in raw.Tables)
            {
                files.Add(kept.Whole(table.FileName, bad) ?? await WriteTableAsync(table, benchmark.Task, folder, kept, bad, Report, check, cancel));
                void Report(long rows) => progress?.Report((done + rows, total, table.Name + bad.Missing));
                done += table.Count;
            }
        }
        catch (DasException)
        {
            kept.Forget(raw.Tables.Select(table => table.FileName));
            throw;
        }
        SortedDictionary<string, string[]> splits = Published(raw.Splits ?? benchmark.Splits, raw.Tables);
        RequireRows(benchmark, splits, files.ToDictionary(f => f.Name, f => f.Rows), bad);
        DatasetManifest manifest = new()
        {
            Benchmark = benchmark.Name,
            Version = benchmark.Version,
            Task = benchmark.Task,
            Splits = splits,
            Files = files,
            AnswersFile = DatasetManifest.WriteAnswers(folder, raw.Answers),
            BadInputs = bad.Count,
            FirstBadInputs = [.. bad.First.Select(input => Within(source, input))],
            LeftOut = bad.LeftOut.Count > 0 ? bad.LeftOut : null,
        };
        manifest.Write(folder);
        kept.Forget([]);
        progress?.Report((total, total, $"done{bad.Missing}"));
        return DatasetManifest.Load(folder);
    }

    /// <summary>The benchmark's splits without those whose raw files were not given.</summary>
    private static SortedDictionary<string, string[]> Published(IReadOnlyDictionary<string, string[]> splits, IReadOnlyList<RawTable> tables)
    {
        Dictionary<string, string> files = tables.ToDictionary(t => t.Name, t => t.FileName);
        return new(splits.Where(s => s.Value.All(files.ContainsKey)).ToDictionary(s => s.Key, s => s.Value.Select(t => files[t]).ToArray()),
            StringComparer.Ordinal);
    }

    /// <exception cref="DasException">A split has no rows; the message says why there are none.</exception>
    private static void RequireRows(Benchmark benchmark, SortedDictionary<string, string[]> splits, Dictionary<string, long> rows, BadInputs bad)
    {
        string[] empty = [.. splits.Where(split => split.Value.Sum(table => rows[table]) == 0).Select(split => split.Key)];
        if (empty.Length == 0) return;
        string why = bad.Missing;
        throw new DasException(ErrorKind.Data, $"Benchmark {benchmark.Name} would have no rows in {string.Join(", ", empty)}"
            + $"{(why.Length > 0 ? why : ": its raw files hold too few to fill every split")}.");
    }

    /// <summary>The same raw files make the same dataset wherever they lie: what it says of them, it says by their names within the source.</summary>
    private static BadInput Within(string? source, BadInput input)
    {
        string below = source + '/';
        return source is null ? input : new(input.Input.Replace(below, ""), input.Reason.Replace(below, ""));
    }

    private static async Task<DatasetFile> WriteTableAsync(RawTable table, TaskKind task, string folder, KeptTables kept, BadInputs bad, Action<long> report,
        Action<int, int>? check, CancellationToken cancel)
    {
        List<BadInput> skipped = [];
        long done = 0;
        using TableWriter writer = new(Path.Combine(folder, table.FileName), task, batch =>
        {
            kept.Add(table.FileName, done, batch, skipped);
            skipped.Clear();
        });
        done = kept.GoOn(table.FileName, writer, bad);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Channel<Task<Verified>> pictures = Channel.CreateBounded<Task<Verified>>(Ahead);
        Task reading = ReadAsync(table.Rows.Skip((int)done), pictures.Writer, check, stop.Token);
        try
        {
            await foreach (Task<Verified> picture in pictures.Reader.ReadAllAsync(cancel))
            {
                Verified verified = await picture;
                done++;
                if (verified.Row is { } row) writer.Add(row);
                else
                {
                    bad.Report(verified.Bad!);
                    skipped.Add(verified.Bad!);
                }
                if (done % ReportEvery == 0) report(done);
            }
            writer.Complete();
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (pictures.Reader.TryRead(out Task<Verified>? picture)) await ((Task)picture).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        DatasetFile whole = DatasetManifest.Describe(folder, table.FileName, writer.Rows, writer.Samples);
        kept.Add(done, whole, skipped);
        return whole;
    }

    /// <summary>Either a row or what is wrong with it.</summary>
    private sealed record Verified(TableRow? Row, BadInput? Bad);

    /// <summary>The channel holds the pictures' tasks in order; waiting for a place in it is what bounds memory.</summary>
    private static async Task ReadAsync(IEnumerable<RawRow> rows, ChannelWriter<Task<Verified>> pictures, Action<int, int>? check,
        CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            await Task.Yield();
            foreach (RawRow row in rows)
            {
                if (!await pictures.WaitToWriteAsync(cancel)) break;
                await pictures.WriteAsync(Task.Run(() => Verify(row, check), cancel), cancel);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }
        pictures.Complete(failure);
    }

    private static Verified Verify(RawRow row, Action<int, int>? check)
    {
        byte[][] images = new byte[row.Images.Count][];
        for (int i = 0; i < images.Length; i++)
            try
            {
                images[i] = row.Images[i].Read();
                (int width, int height) = ImageDecoder.Verify(images[i]);
                check?.Invoke(width, height);
            }
            catch (Exception e) when (e is DasException or IOException or UnauthorizedAccessException)
            {
                return new(null, new(row.Images[i].Origin, e.Message));
            }
        return new(new(row.Content, [.. images.Select(i => new ReadOnlyMemory<byte>(i))]), null);
    }
}
