using Microsoft.Data.Sqlite;

namespace Das.Disturbances;

/// <summary>
/// A day of schedules, compressed: the real processes over a real broker with a clock for schedules that runs fast, and serve killed every few of its minutes.
/// </summary>
internal static class Soak
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1), Minute = TimeSpan.FromMinutes(1);

    /// <param name="folder">Of the deployment.</param>
    /// <param name="seed">When serve is killed, and for how long.</param>
    /// <param name="rate">Seconds of the day in one of the machine's.</param>
    /// <param name="hours">Of the day.</param>
    /// <param name="tell">Takes what is found.</param>
    public static async Task RunAsync(string folder, ulong seed, int rate, int hours, Action<string> tell)
    {
        FastClock clock = new(DateTimeOffset.UtcNow, rate);
        SplitMix64 random = new(seed);
        List<(DateTime Down, DateTime Up)> downtimes = [];
        Dictionary<string, Guid> schedules = [];
        string registry;
        await using (Fleet fleet = await Fleet.StartAsync(Path.Combine(folder, "fleet"), Setting.Plain, clock.Environment, workers: 1))
        {
            Guid trained = await fleet.Site.StartAsync(Tiny.Quick.Request("trained", fresh: false));
            if (Runs.StateOf(await Runs.EndedAsync(fleet.Site, trained, TimeSpan.FromMinutes(3))) != Runs.Completed)
                throw new DasException(ErrorKind.Machine, "The run that is evaluated again and again did not complete.");
            foreach (string policy in new[] { "all", "once", "none" })
                schedules[policy] = (await fleet.Site.PostAsync("/api/schedules", new()
                {
                    ["name"] = policy, ["runId"] = trained, ["cron"] = "* * * * *", ["catchUp"] = policy,
                }))!["id"]!.GetValue<Guid>();
            DateTimeOffset begun = clock.GetUtcNow(), end = begun + Day * hours / 24;
            Service serve = fleet[Fleet.Serve];
            while (clock.GetUtcNow() < end)
            {
                fleet.Traffic.Begin([]);
                await Task.Delay(Minute * random.Between(6, 40) / rate);
                DateTime down = clock.GetUtcNow().UtcDateTime;
                serve.Kill();
                await serve.EndedAsync();
                await Task.Delay(Minute * random.Between(0, 8) / rate);
                serve.Start();
                await fleet.ReadyAsync();
                downtimes.Add((down, clock.GetUtcNow().UtcDateTime));
                tell(string.Create(CultureInfo.InvariantCulture,
                    $"killed at {down:HH:mm}, back at {downtimes[^1].Up:HH:mm} ({clock.GetUtcNow() - begun:hh\\:mm} of {hours} h)"));
            }
            foreach (Guid schedule in schedules.Values) await fleet.Site.PostAsync($"/api/schedules/{schedule:N}/pause", []);
            for (int look = 0; look < 600 && schedules.Values.Any(id => Firings(fleet.Home.Folder, id).Any(IsOpen)); look++) await Task.Delay(500);
            registry = Path.Combine(folder, "soak");
            if (Directory.Exists(registry)) Directory.Delete(registry, recursive: true);
            Directory.CreateDirectory(registry);
            await serve.EndAsync();
            foreach (string file in Directory.EnumerateFiles(fleet.Home.Folder, "registry.db*"))
                File.Copy(file, Path.Combine(registry, Path.GetFileName(file)));
        }
        tell("\n| policy | minutes | firings | passed | left out with a sentence | failed or open | without a row: in a downtime | at another time | twice "
            + "| runs without a firing |");
        tell("|---|---|---|---|---|---|---|---|---|---|");
        foreach ((string policy, Guid id) in schedules) tell(Row(policy, registry, id, downtimes));
    }

    private sealed record Firing(DateTime Due, string Outcome, string? Run);

    private static bool IsOpen(Firing firing) => firing.Outcome is "waiting" or "started";

    private static string Row(string policy, string registry, Guid schedule, List<(DateTime Down, DateTime Up)> downtimes)
    {
        IReadOnlyList<Firing> firings = Firings(registry, schedule);
        if (firings.Count == 0) return $"| {policy} | nothing fired |";
        int Of(params string[] outcomes) => firings.Count(firing => outcomes.Contains(firing.Outcome));
        HashSet<DateTime> due = [.. firings.Select(firing => firing.Due)];
        List<DateTime> minutes = [], without = [];
        for (DateTime minute = firings[0].Due; minute <= firings[^1].Due; minute += Minute)
        {
            minutes.Add(minute);
            if (!due.Contains(minute)) without.Add(minute);
        }
        int inDowntime = without.Count(minute => downtimes.Any(down => minute >= down.Down - Minute && minute <= down.Up + Minute));
        int orphans = Query(registry, $"SELECT COUNT(*) FROM Runs WHERE Tags LIKE '% schedule %' AND Name LIKE '{policy} %' "
            + "AND Id NOT IN (SELECT RunId FROM Firings WHERE RunId IS NOT NULL)", row => row.GetInt32(0)).Single();
        int twice = firings.Count - due.Count + firings.Where(firing => firing.Run is not null).GroupBy(firing => firing.Run).Count(group => group.Count() > 1);
        return $"| {policy} | {minutes.Count} | {firings.Count} | {Of("passed", "not compared")} | {Of("left out")} | "
            + $"{Of("failed", "dropped", "waiting", "started")} | {inDowntime} | {without.Count - inDowntime} | {twice} | {orphans} |";
    }

    private static IReadOnlyList<Firing> Firings(string registry, Guid schedule) => Query(registry,
        $"SELECT Due, Outcome, RunId FROM Firings WHERE ScheduleId = '{schedule.ToString().ToUpperInvariant()}' ORDER BY Due",
        row => new Firing(row.GetDateTime(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)));

    private static List<T> Query<T>(string registry, string text, Func<SqliteDataReader, T> read)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(registry, "registry.db")};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        using SqliteDataReader rows = command.ExecuteReader();
        List<T> all = [];
        while (rows.Read()) all.Add(read(rows));
        return all;
    }
}
