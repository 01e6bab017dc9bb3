namespace Das.Disturbances;

/// <summary>Disturbs runs, one after the other, kind by kind in turn, until every kind has as many injections as are asked for.</summary>
/// <param name="folder">State, evidence, and the deployment itself.</param>
/// <param name="seed">Run <c>n</c> of a kind is a function of seed, kind and <c>n</c> alone.</param>
internal sealed class Campaign(string folder, ulong seed) : IAsyncDisposable
{
    /// <summary>How long a run may take after nothing more is done to it, beyond an undisturbed run's time.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Runs that could not be judged, as the machine did not let the deployment start or answer; they count for nothing.</summary>
    private const int MostVoid = 10;

    private const int MostRetries = 3;
    private readonly State state = new(folder, seed);
    private readonly Dictionary<Tiny, Undisturbed> undisturbed = [];
    private Fleet? fleet;
    private int voided;

    /// <summary>Goes on until each of <paramref name="kinds"/> has so many hits.</summary>
    public async Task RunAsync(IReadOnlyList<Kind> kinds, long hits, Action<string> tell, CancellationToken stop)
    {
        foreach (IGrouping<Setting, Kind> together in kinds.GroupBy(kind => kind.Setting))
            while (!stop.IsCancellationRequested && together.Where(kind => state[kind].Hits < hits).ToList() is { Count: > 0 } open)
                foreach (Kind kind in open)
                {
                    if (stop.IsCancellationRequested) return;
                    Tally tally = state[kind];
                    try { tell(await OneAsync(kind, tally.Next, tally)); }
                    catch (DasException broken) when (++voided <= MostVoid)
                    {
                        tell($"{kind.Name} {tally.Next}: void: {broken.Message}");
                        await StopFleetAsync();
                    }
                    tally.Next++;
                    state.Save();
                }
    }

    /// <summary>One run again, told in full.</summary>
    public async Task<string> ShowAsync(Kind kind, long number) => await OneAsync(kind, number, new());

    public async ValueTask DisposeAsync()
    {
        if (fleet is not null) await fleet.DisposeAsync();
    }

    /// <summary>The numbers that a run's disturbances are drawn from.</summary>
    internal static SplitMix64 Numbers(ulong seed, Kind kind, long number) =>
        SplitMix64.For(kind.Name.Aggregate(seed, (mixed, letter) => SplitMix64.Mix(mixed ^ letter)), number);

    private async Task<string> OneAsync(Kind kind, long number, Tally tally)
    {
        SplitMix64 random = Numbers(seed, kind, number);
        Tiny recipe = kind.Recipe(random);
        if (!undisturbed.TryGetValue(recipe, out Undisturbed? calm))
        {
            undisturbed[recipe] = calm = await Undisturbed.MeasureAsync(await ReadyAsync(Setting.Plain), recipe);
            await NoteAsync([$"undisturbed {recipe.Name}, {calm}"]);
        }
        Fleet running = await ReadyAsync(kind.Setting);
        Play play = new(running, recipe, calm, $"{kind.Name} {seed}:{number}");
        running.Traffic.Begin([]);
        Stopwatch all = Stopwatch.StartNew();
        await kind.PlayAsync(play, random);
        Stopwatch end = Stopwatch.StartNew();
        (Outcome outcome, string what) = await JudgeAsync(play);
        double waited = end.Elapsed.TotalSeconds;
        await NoteAsync([$"{kind.Name} {number}: {outcome} {what}", .. play.Notes.Select(note => $"  {note}")]);
        if (outcome is not (Outcome.Right or Outcome.Refused))
        {
            tally.Findings.Add(new(number, outcome, what));
            await KeepAsync(Path.Combine(folder, "evidence", $"{kind.Name}-{seed}-{number}"), play, outcome, what);
            await StopFleetAsync(); // what is left of it must not disturb the next
        }
        else
        {
            running.Traffic.Begin(play.Runs);
            Forget(play);
        }
        tally.Add(outcome, play.Hits, play.Misses, all.Elapsed.TotalSeconds, waited);
        return string.Create(CultureInfo.InvariantCulture,
            $"{kind.Name} {number}: {outcome}, {play.Hits} hit, {play.Misses} missed, {all.Elapsed.TotalSeconds:0.0} s "
            + $"({waited:0.0} s after the last cause){(what.Length > 0 ? $": {what}" : "")}");
    }

    private async Task<(Outcome, string)> JudgeAsync(Play play)
    {
        for (int retries = 0; ; retries++)
        {
            JsonObject? run = await Runs.EndedAsync(play.Fleet.Site, play.Run, Grace + play.Undisturbed.Whole);
            if (run is null) return (Outcome.Lost, "the registry does not know the run");
            if (!Runs.HasEnded(run)) return (Outcome.Stuck, $"{Runs.StateOf(run)} {run["running"]?.ToJsonString()}");
            string error = run["error"]?.GetValue<string>() ?? "";
            switch (Runs.StateOf(run))
            {
                case Runs.Completed: return await CompareAsync(play, run, retries > 0 && play.Refusal is not null);
                case Runs.Failed when play.Refusal?.Invoke(error) == true && retries == 0: break;
                case Runs.Cancelled when play.Cancels && retries < MostRetries: break;
                case Runs.Failed when error.Trim().Length == 0: return (Outcome.Lost, "it failed without a reason");
                default: return (Outcome.Failed, $"{Runs.StateOf(run)}: {error}");
            }
            play.Note($"it ended {Runs.StateOf(run)}: {error}");
            if (!await play.AskAsync("retry", Grace)) return (Outcome.Stuck, "a retry is not taken");
        }
    }

    private static async Task<(Outcome, string)> CompareAsync(Play play, JsonObject run, bool refused)
    {
        if (Bits.Different(Bits.Of(run, play.Fleet.Artifacts.Folder), play.Undisturbed.Bits) is { Count: > 0 } different)
            return (Outcome.Wrong, $"other bits in {string.Join(", ", different)}");
        JsonArray log = (await play.Fleet.Site.GetAsync($"/api/runs/{play.Run:N}/log?most=1000")).AsArray();
        int Count(string stage, string begins) => log.Count(line => line!["stage"]!.GetValue<string>() == stage
            && line["text"]!.GetValue<string>().StartsWith(begins, StringComparison.Ordinal));
        if (Count("", Runs.Completed) is var ends and not 1) return (Outcome.Doubled, $"it completed {ends} times");
        if (PipelineStages.Das.Names.FirstOrDefault(stage => Count(stage, "finished") > Count(stage, "started")) is { } twice)
            return (Outcome.Doubled, $"{twice} finished more often than it was started");
        return (refused ? Outcome.Refused : Outcome.Right, "");
    }

    private async Task<Fleet> ReadyAsync(Setting setting)
    {
        if (fleet is not null && fleet.Setting != setting) await StopFleetAsync();
        fleet ??= await Fleet.StartAsync(Path.Combine(folder, "fleet"), setting);
        await fleet.ReadyAsync();
        return fleet;
    }

    private Task NoteAsync(IEnumerable<string> lines) => File.AppendAllLinesAsync(Path.Combine(folder, $"notes-{seed}.txt"), lines);

    private async Task StopFleetAsync()
    {
        if (fleet is not null) await fleet.DisposeAsync();
        fleet = null;
    }

    /// <summary>The disk is small: what a run that ended right has computed for itself goes, and what is kept of pictures too.</summary>
    private static void Forget(Play play)
    {
        foreach (string stage in PipelineStages.Das.Names)
            if (Path.Combine(play.Fleet.Artifacts.Folder, stage) is var all && Directory.Exists(all))
                foreach (string own in play.Runs.SelectMany(run => Directory.EnumerateDirectories(all, $"*-{run:N}"))) Delete(own);
        if (Path.Combine(play.Fleet.Artifacts.Folder, "towers") is var towers && Directory.Exists(towers)) Delete(towers);

        void Delete(string folder)
        {
            try { Directory.Delete(folder, recursive: true); }
            catch (IOException) { } // a worker that was asked a second time still writes to it: it stays
        }
    }

    /// <summary>Everything that tells what came of the run.</summary>
    private static async Task KeepAsync(string evidence, Play play, Outcome outcome, string what)
    {
        if (Directory.Exists(evidence)) Directory.Delete(evidence, recursive: true);
        Directory.CreateDirectory(evidence);
        await File.WriteAllLinesAsync(Path.Combine(evidence, "what.txt"), [$"{outcome}: {what}", .. play.Notes,
            .. play.Fleet.Services.Select(service => $"{service.Name}: {(service.Alive ? "alive" : "down")}, ended by itself {service.Ended} times, "
                + $"holds {string.Join(", ", service.Link.Open.Select(message => message.Contracted))}")]);
        await File.WriteAllLinesAsync(Path.Combine(evidence, "traffic.txt"), play.Fleet.Traffic.Seen.Select(passing => $"{passing}"));
        foreach (Guid run in play.Runs)
        {
            JsonNode? log = await play.Fleet.Site.GetAsync($"/api/runs/{run:N}/log?most=1000");
            await File.WriteAllTextAsync(Path.Combine(evidence, $"run-{run:N}.json"), (await play.Fleet.Site.RunAsync(run))?.ToString());
            await File.WriteAllTextAsync(Path.Combine(evidence, $"log-{run:N}.json"), log?.ToString());
        }
        foreach (string from in new[] { play.Fleet.Logs, play.Fleet.Home.Folder })
            foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                string to = Path.Combine(evidence, Path.GetFileName(from), Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                try { File.Copy(file, to); }
                catch (IOException gone) { play.Note($"{file} was not kept: {gone.Message}"); }
            }
    }
}
