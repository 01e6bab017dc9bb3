using Das.Control.Runs;
using Das.Reports.Paired;
using Microsoft.Data.Sqlite;

namespace Das.Control.Schedules;

/// <summary>What came of saving a schedule.</summary>
/// <param name="Id">The schedule; null if it was not saved.</param>
/// <param name="Problems">Field (as <see cref="ScheduleWish"/> names it, in camel case) → a sentence; empty if it was saved.</param>
public sealed record ScheduleSaved(Guid? Id, IReadOnlyDictionary<string, string> Problems);

/// <summary>What people do with schedules. The tables are the truth; whoever wakes schedules is told to look at them again.</summary>
public sealed class ScheduleBook(IDbContextFactory<RegistryContext> registry, RunRegistry runs, EvaluationComparison comparison, ScheduleAlarm alarm,
    WebhookAddresses webhooks, TimeProvider time)
{
    private const int LongestName = 100, LongestWord = 200, UniqueViolated = 19;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Every schedule by name.</summary>
    public async Task<IReadOnlyList<ScheduleView>> ListAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<ScheduleRow> schedules = await rows.Schedules.AsNoTracking().OrderBy(schedule => schedule.Name).ToListAsync();
        Dictionary<Guid, FiringRow> last = await rows.Firings.AsNoTracking()
            .Where(firing => firing.Id
                == rows.Set<FiringRow>().Where(other => other.ScheduleId == firing.ScheduleId).OrderByDescending(other => other.Due).First().Id)
            .ToDictionaryAsync(firing => firing.ScheduleId);
        return [.. schedules.Select(schedule => View(schedule, last.GetValueOrDefault(schedule.Id)))];
    }

    /// <summary>The schedule, or null if there is none.</summary>
    public async Task<ScheduleView?> FindAsync(Guid id)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        if (await rows.Schedules.AsNoTracking().SingleOrDefaultAsync(schedule => schedule.Id == id) is not { } schedule) return null;
        return View(schedule, await rows.Firings.AsNoTracking().Where(firing => firing.ScheduleId == id).OrderByDescending(firing => firing.Due)
            .FirstOrDefaultAsync());
    }

    /// <summary>The schedule's firings, the latest first.</summary>
    public async Task<IReadOnlyList<FiringView>> FiringsAsync(Guid id, int most = 200)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<FiringRow> firings = await rows.Firings.AsNoTracking().Where(firing => firing.ScheduleId == id).OrderByDescending(firing => firing.Due).Take(most)
            .ToListAsync();
        return [.. firings.Select(FiringView.Of)];
    }

    /// <summary>Drops that were due in the last <paramref name="since"/>, the latest first.</summary>
    public async Task<IReadOnlyList<DropView>> DropsAsync(TimeSpan since)
    {
        DateTime after = Now - since;
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        var drops = await (from firing in rows.Firings.AsNoTracking()
                           join schedule in rows.Schedules on firing.ScheduleId equals schedule.Id
                           where firing.Outcome == FiringOutcome.Dropped && firing.Due > after
                           orderby firing.Due descending
                           select new { schedule.Name, firing }).ToListAsync();
        return [.. drops.Select(drop => new DropView(drop.Name, FiringView.Of(drop.firing)))];
    }

    /// <summary>The recipes of completed runs, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> RecipesAsync(CancellationToken cancellation)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
        return await rows.Runs.Where(run => run.State == RunStatus.Completed && run.RecipeName != "").Select(run => run.RecipeName).Distinct()
            .Order().ToListAsync(cancellation);
    }

    /// <summary>Makes a schedule, or changes the one with <paramref name="id"/>. What was due before does not fire.</summary>
    /// <exception cref="DasException">There is no such schedule.</exception>
    public async Task<ScheduleSaved> SaveAsync(ScheduleWish wish, Guid? id = null)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        wish = wish with { Name = Text(wish.Name), RecipeName = Said(wish.RecipeName), Metric = Text(wish.Metric), Cron = Text(wish.Cron),
            TimeZone = Text(wish.TimeZone), Webhook = Said(wish.Webhook) };
        Dictionary<string, string> problems = await ProblemsAsync(rows, wish, id);
        if (problems.Count > 0) return new(null, problems);
        ScheduleRow row = id is { } existing ? await RowAsync(rows, existing) : rows.Schedules.Add(new() { Id = Guid.NewGuid(), Created = Now }).Entity;
        (row.Name, row.Cron, row.TimeZone, row.RunId, row.RecipeName) = (wish.Name, wish.Cron, wish.TimeZone, wish.RunId, wish.RecipeName);
        (row.Metric, row.CatchUp, row.Webhook, row.Settled) = (wish.Metric, wish.CatchUp, wish.Webhook, Now);
        try { await rows.SaveChangesAsync(); }
        catch (DbUpdateException taken) when (taken.InnerException is SqliteException { SqliteErrorCode: UniqueViolated })
        {
            return new(null, new Dictionary<string, string> { ["name"] = Taken(wish.Name) });
        }
        await alarm.SetAsync();
        return new(row.Id, problems);
    }

    /// <summary>It fires no more by itself until resumed.</summary>
    /// <exception cref="DasException">There is no such schedule.</exception>
    public Task PauseAsync(Guid id) => ChangeAsync(id, schedule => schedule.Paused = true);

    /// <summary>It fires again; what fell into the pause does not.</summary>
    /// <exception cref="DasException">There is no such schedule.</exception>
    public Task ResumeAsync(Guid id) => ChangeAsync(id, schedule => (schedule.Paused, schedule.Settled) = (false, schedule.Paused ? Now : schedule.Settled));

    /// <summary>Removes the schedule and its history; its runs stay.</summary>
    /// <exception cref="DasException">There is no such schedule.</exception>
    public async Task DeleteAsync(Guid id)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        await using var together = await rows.Database.BeginTransactionAsync();
        rows.Schedules.Remove(await RowAsync(rows, id));
        await rows.SaveChangesAsync();
        await rows.Firings.Where(firing => firing.ScheduleId == id).ExecuteDeleteAsync();
        await together.CommitAsync();
        await alarm.SetAsync();
    }

    internal static DasException Unknown(Guid id) => new(ErrorKind.Usage, $"There is no schedule {id:D} in this registry.");

    private async Task<Dictionary<string, string>> ProblemsAsync(RegistryContext rows, ScheduleWish wish, Guid? id)
    {
        Dictionary<string, string?> found = new()
        {
            ["name"] = wish.Name.Length is 0 or > LongestName ? $"A schedule needs a name of 1 to {LongestName} characters."
                : await rows.Schedules.AnyAsync(other => other.Name == wish.Name && other.Id != id) ? Taken(wish.Name) : null,
            ["runId"] = wish.RunId is not null && wish.RecipeName is not null
                ? "A schedule evaluates either one run or the best of a recipe: give one of runId and recipeName."
                : wish.RunId is null && wish.RecipeName is null ? "Choose what is evaluated again: a run, or the best run of a recipe."
                : wish.RunId is not null ? await TargetProblemAsync(rows, wish) : null,
            ["recipeName"] = wish.RecipeName is { } recipe && wish.RunId is null && !await rows.Runs.AnyAsync(run => run.RecipeName == recipe)
                ? $"No run of a recipe '{recipe}' is in this registry." : null,
            ["metric"] = wish.Metric.Length == 0 ? "Name the metric by which drops are judged, for example 'accuracy'."
                : wish.RunId is { } runId && await rows.Metrics.AnyAsync(score => score.RunId == runId)
                    && !await rows.Metrics.AnyAsync(score => score.RunId == runId && score.Name == wish.Metric)
                    ? $"The run has no metric '{wish.Metric}'." : await UntestedAsync(rows, wish),
            ["cron"] = ScheduleCalendar.CronProblem(wish.Cron),
            ["timeZone"] = ScheduleCalendar.ZoneProblem(wish.TimeZone),
            ["catchUp"] = CatchUp.Policies.Contains(wish.CatchUp) ? null
                : $"'{wish.CatchUp}' is no catch-up policy. Known: {string.Join(", ", CatchUp.Policies)}.",
            ["webhook"] = wish.Webhook is { } url ? DropWebhook.Problem(url, webhooks) : null,
        };
        foreach ((string field, string? text) in new[] { ("recipeName", wish.RecipeName), ("metric", wish.Metric), ("cron", wish.Cron),
            ("timeZone", wish.TimeZone), ("catchUp", wish.CatchUp) })
            if (text?.Length > LongestWord) found[field] = $"This has at most {LongestWord} characters, not {text.Length}.";
        return found.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!);
    }

    private static async Task<string?> TargetProblemAsync(RegistryContext rows, ScheduleWish wish)
    {
        try { await ReevaluationTarget.FindAsync(rows, new() { RunId = wish.RunId, Metric = wish.Metric }); }
        catch (DasException unusable) { return unusable.Message; }
        return null;
    }

    private async Task<string?> UntestedAsync(RegistryContext rows, ScheduleWish wish)
    {
        try
        {
            ReevaluationTarget target = await ReevaluationTarget.FindAsync(rows,
                new() { RunId = wish.RunId, RecipeName = wish.RecipeName, Metric = wish.Metric });
            return await runs.FindAsync(target.RunId) is { } run && comparison.Incomparable(run.ToEvaluated(), wish.Metric) is { } why
                ? $"{why} Choose another metric." : null;
        }
        catch (DasException) { return null; }
    }

    /// <summary>A message from outside may say null where a text belongs.</summary>
    private static string Text(string? text) => text?.Trim() ?? "";

    private static string? Said(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string Taken(string name) => $"There is a schedule '{name}' already. Choose another name.";

    private static async Task<ScheduleRow> RowAsync(RegistryContext rows, Guid id) => await rows.Schedules.FindAsync(id) ?? throw Unknown(id);

    private async Task ChangeAsync(Guid id, Action<ScheduleRow> change)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        change(await RowAsync(rows, id));
        await rows.SaveChangesAsync();
        await alarm.SetAsync();
    }

    private ScheduleView View(ScheduleRow row, FiringRow? last)
    {
        ScheduleWish wish = new()
        {
            Name = row.Name, RunId = row.RunId, RecipeName = row.RecipeName, Metric = row.Metric, Cron = row.Cron, TimeZone = row.TimeZone,
                CatchUp = row.CatchUp, Webhook = row.Webhook,
        };
        bool sound = ScheduleCalendar.CronProblem(row.Cron) is null && ScheduleCalendar.ZoneProblem(row.TimeZone) is null;
        DateTimeOffset? next = row.Paused || !sound ? null : ScheduleCalendar.Next(row.Cron, row.TimeZone, time.GetUtcNow()).Cast<DateTimeOffset?>()
            .FirstOrDefault();
        return new(row.Id, wish, CronInWords.Of(row.Cron), row.Paused, next, last is null ? null : FiringView.Of(last), row.Created);
    }
}
