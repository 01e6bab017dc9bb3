using Das.Control.Progress;

namespace Das.Control.Runs;

/// <summary>
/// What people do with runs. Every wish is written into the registry, where the process that drives the run finds it within
/// a second: start, cancel and retry work from any process, also from one without a bus.
/// </summary>
public sealed class RunRegistry(IDbContextFactory<RegistryContext> registry, RunOwnership ownership, RunProgress progress, RunFeed feed, RunSignal signal,
    PipelineStages pipeline, BusSettings bus, ControlOptions options)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Queues a run.</summary>
    /// <param name="recipeJson">The whole recipe as canonical JSON.</param>
    /// <param name="name">What lists call it.</param>
    /// <param name="fresh">Compute every stage anew.</param>
    /// <param name="given">Results to start from.</param>
    /// <param name="runId">The run's id, where it was written down before; a new one by default.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="DasException">The name or the recipe is too long, or it names a model on a hub that is not there.</exception>
    public async Task<Guid> StartAsync(string recipeJson, string name, bool fresh, GivenResults? given = null, Guid? runId = null)
    {
        RunTexts.Check("A run's name", name, RunTexts.LongestName, least: 1);
        RunTexts.Check("A recipe", recipeJson, RunTexts.LongestRecipe);
        recipeJson = await options.Decided(recipeJson, CancellationToken.None);
        Guid id = runId ?? Guid.NewGuid();
        RecipeFacts facts = RecipeFacts.Of(recipeJson);
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        rows.Runs.Add(new()
        {
            Id = id,
            Name = name,
            Recipe = recipeJson,
            RecipeName = facts.Name,
            Backbone = facts.Backbone,
            Benchmark = facts.Benchmark,
            Fresh = fresh,
            Given = given is null ? null : JsonSerializer.Serialize(given),
            Created = DateTime.UtcNow,
            Updated = DateTime.UtcNow,
        });
        bool mine = ownership.Mine.Contains(id);
        if (options.Drive) ownership.TryTake(id);
        try { await rows.SaveChangesAsync(); }
        catch
        {
            if (!mine) ownership.Release(id);
            throw;
        }
        signal.Raise();
        return id;
    }

    /// <summary>Queues a run of the same recipe, from the same given results and under the same name and tags.</summary>
    /// <returns>The new run's id.</returns>
    /// <exception cref="DasException">There is no such run.</exception>
    public async Task<Guid> AgainAsync(Guid id, bool fresh)
    {
        RunRow run;
        await using (RegistryContext rows = await registry.CreateDbContextAsync()) run = await RowAsync(rows, id);
        Guid again = await StartAsync(run.Recipe, run.Name, fresh, run.Given is null ? null : JsonSerializer.Deserialize<GivenResults>(run.Given));
        if (run.Tags.Length > 0) await ChangeAsync(again, row => row.Tags = run.Tags);
        return again;
    }

    /// <summary>The run whose id is, or alone begins with, <paramref name="idOrPrefix"/>; null if there is none.</summary>
    /// <exception cref="DasException">Several begin with it.</exception>
    public async Task<RunView?> FindAsync(string idOrPrefix)
    {
        if (Guid.TryParse(idOrPrefix, out Guid whole)) return await FindAsync(whole);
        string prefix = idOrPrefix.Replace("-", "").ToLowerInvariant();
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<Guid> ids = await rows.Runs.Select(run => run.Id).ToListAsync();
        List<Guid> found = [.. ids.Where(id => prefix.Length > 0 && id.ToString("N").StartsWith(prefix, StringComparison.Ordinal))];
        if (found.Count > 1) throw new DasException(ErrorKind.Usage, $"Several runs begin with '{idOrPrefix}': "
            + $"{string.Join(", ", found.Select(id => id.ToString("N")[..12]))}. Give more of the id.");
        return found is [var only] ? await FindAsync(only) : null;
    }

    public async Task<RunView?> FindAsync(Guid id) => (await ViewsAsync(rows => rows.Runs.Where(run => run.Id == id))).SingleOrDefault();

    /// <summary>The latest runs, newest first.</summary>
    public Task<IReadOnlyList<RunView>> ListAsync(int most = 200) => ViewsAsync(rows => rows.Runs.OrderByDescending(run => run.Created).Take(most));

    /// <summary>The runs that have not ended, oldest first.</summary>
    public Task<IReadOnlyList<RunView>> UnderWayAsync() =>
        ViewsAsync(rows => rows.Runs.Where(run => !RunRow.Ended.Contains(run.State) || run.RetryRequested).OrderBy(run => run.Created));

    /// <summary>The runs that a list shows, newest first.</summary>
    public async Task<RunPage> PageAsync(RunQuery query, CancellationToken cancellation = default)
    {
        int total;
        await using (RegistryContext rows = await registry.CreateDbContextAsync(cancellation)) total = await query.Of(rows).CountAsync(cancellation);
        return new(await ViewsAsync(rows => query.Of(rows).OrderByDescending(run => run.Created).Skip(query.Skip).Take(query.Take)), total);
    }

    /// <summary>Puts words on a run, each without white space; they replace those it had.</summary>
    /// <exception cref="DasException">There is no such run, or the tags are too many, or one is too long, empty or holds white space.</exception>
    public Task TagAsync(Guid id, IEnumerable<string> tags)
    {
        string[] words = [.. CheckTags(tags).Order(StringComparer.Ordinal)];
        return ChangeAsync(id, run => run.Tags = words.Length == 0 ? "" : $" {string.Join(' ', words)} ");
    }

    /// <exception cref="DasException">The tags are too many, or one is too long, empty or holds white space.</exception>
    public static IReadOnlyList<string> CheckTags(IEnumerable<string> tags)
    {
        string[] words = [.. tags.Distinct()];
        if (words.Length > RunTexts.MostTags) throw new DasException(ErrorKind.Usage, $"A run has at most {RunTexts.MostTags} tags, not {words.Length}.");
        foreach (string word in words) RunTexts.Check("A tag", word, RunTexts.LongestTag);
        return words.FirstOrDefault(word => word.Length == 0 || word.Any(char.IsWhiteSpace)) is { } bad
            ? throw new DasException(ErrorKind.Usage, $"'{bad}' is no tag: a tag is one word.") : words;
    }

    /// <summary>Replaces what people wrote about a run.</summary>
    /// <exception cref="DasException">There is no such run, or the notes are too long.</exception>
    public Task NoteAsync(Guid id, string notes)
    {
        RunTexts.Check("A run's notes", notes, RunTexts.LongestNotes);
        return ChangeAsync(id, run => run.Notes = notes);
    }

    /// <summary>Asks for the run's end; a run that no live process drives ends here and now.</summary>
    /// <returns>False if the run had ended already.</returns>
    /// <exception cref="DasException">There is no such run.</exception>
    public async Task<bool> CancelAsync(Guid id)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        RunRow run = await RowAsync(rows, id);
        if (RunRow.Ended.Contains(run.State)) return false;
        run.CancelRequested = true;
        await rows.SaveChangesAsync();
        signal.Raise();
        feed.Changed(id);
        if (options.Drive || !bus.InMemory || !ownership.TryTake(id)) return true;
        try { await EndUndrivenAsync(id); }
        finally { ownership.Release(id); }
        return true;
    }

    /// <summary>Goes on with a failed or cancelled run from the stage where it ended. An interrupted run (its process is gone) is taken over.</summary>
    /// <returns>False if there is nothing to retry: the run has completed or is being driven.</returns>
    /// <exception cref="DasException">There is no such run.</exception>
    public async Task<bool> RetryAsync(Guid id)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        RunRow run = await RowAsync(rows, id);
        if (run.State == RunStatus.Completed) return false;
        bool mine = ownership.Mine.Contains(id), taken = options.Drive && ownership.TryTake(id);
        if (!RunRow.Ended.Contains(run.State)) return bus.InMemory && taken && !mine;
        run.RetryRequested = true;
        try { await rows.SaveChangesAsync(); }
        catch
        {
            if (taken && !mine) ownership.Release(id);
            throw;
        }
        signal.Raise();
        return true;
    }

    /// <summary>Returns when the run has ended; until then calls <paramref name="onProgress"/> with every change.</summary>
    /// <exception cref="DasException">There is no such run.</exception>
    public async Task<RunView> WaitAsync(Guid id, Action<RunView>? onProgress, CancellationToken cancellation)
    {
        (DateTime, StageProgressed?, bool)? seen = null;
        while (true)
        {
            RunView run = await FindAsync(id) ?? throw Unknown(id);
            if (seen != (run.Updated, run.Progress, run.CancelRequested)) onProgress?.Invoke(run);
            seen = (run.Updated, run.Progress, run.CancelRequested);
            if (run.Ended) return run;
            await Task.Delay(Poll, cancellation);
        }
    }

    private async Task ChangeAsync(Guid id, Action<RunRow> change)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        change(await RowAsync(rows, id));
        await rows.SaveChangesAsync();
        feed.Changed(id);
    }

    private async Task EndUndrivenAsync(Guid id)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        await using var transaction = await rows.Database.BeginTransactionAsync(System.Data.IsolationLevel.Serializable);
        RunRow run = await RowAsync(rows, id);
        RunState? saga = await rows.Sagas.FindAsync(id);
        if (saga is null)
        {
            (run.State, run.Updated, run.Finished) = (RunStatus.Cancelled, DateTime.UtcNow, DateTime.UtcNow);
        }
        else
        {
            saga.CurrentState = nameof(RunStatus.Cancelled);
            RunLedger ledger = new(rows);
            ledger.Cancel(saga);
            ledger.Enter(saga);
        }
        await rows.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private async Task<IReadOnlyList<RunView>> ViewsAsync(Func<RegistryContext, IQueryable<RunRow>> choose)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<RunRow> runs = await choose(rows).AsNoTracking().ToListAsync();
        List<Guid> ids = [.. runs.Select(run => run.Id)];
        Dictionary<Guid, RunState> sagas = await rows.Sagas.AsNoTracking().Where(saga => ids.Contains(saga.CorrelationId))
            .ToDictionaryAsync(saga => saga.CorrelationId);
        ILookup<Guid, StageRow> stages = (await rows.Stages.AsNoTracking().Where(stage => ids.Contains(stage.RunId)).ToListAsync())
            .ToLookup(stage => stage.RunId);
        ILookup<Guid, MetricRow> metrics = (await rows.Metrics.AsNoTracking().Where(metric => ids.Contains(metric.RunId)).ToListAsync())
            .ToLookup(metric => metric.RunId);
        return [.. runs.Select(run => View(run, sagas.GetValueOrDefault(run.Id), stages[run.Id], metrics[run.Id]))];
    }

    private RunView View(RunRow run, RunState? saga, IEnumerable<StageRow> stages, IEnumerable<MetricRow> metrics)
    {
        RunResults? results = saga?.Results();
        StageView[] views = [.. pipeline.InOrder(stages, stage => stage.Stage)
            .Select(stage => new StageView(stage.Stage, stage.State, stage.Key, stage.Reused, stage.Started, stage.Finished, stage.Error,
                stage.Deliveries))];
        return new(run.Id, run.Name, run.State, run.Fresh, run.Error, run.CancelRequested, run.RetryRequested, run.Created, run.Updated, run.Finished,
            results?.Find<ArchitectureFound>(PipelineStages.Search)?.SkipModule, views,
            [.. metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal).Select(metric => metric.ToMetric())],
            pipeline.InOrder(results?.Answers ?? new Dictionary<string, StageAnswer>(), answer => answer.Key).Where(answer => answer.Value.Result is not null)
                .ToDictionary(answer => answer.Key, answer => answer.Value.Result!),
            progress.Last(run.Id)?.Progress)
        {
            Recipe = run.Recipe,
            RecipeName = run.RecipeName,
            Backbone = run.Backbone,
            Benchmark = run.Benchmark,
            Tags = run.Tags.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Notes = run.Notes,
            RetryHelps = run.RetryHelps,
            Pace = progress.Pace(run.Id),
        };
    }

    private static async Task<RunRow> RowAsync(RegistryContext rows, Guid id) => await rows.Runs.FindAsync(id) ?? throw Unknown(id);

    private static DasException Unknown(Guid id) => new(ErrorKind.Usage, $"There is no run {id:N} in this registry.");
}
