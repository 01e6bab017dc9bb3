using Das.Artifacts;
using Polly;
using Polly.Retry;

namespace Das.Training.Hub;

/// <summary>Models by their names on a hub: what their revisions are, where their files lie on this machine, and how they come to it.</summary>
/// <param name="settings">Which hub and which cache.</param>
public sealed class ModelHub(HubSettings settings) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2), LockPoll = TimeSpan.FromMilliseconds(200);
    private readonly HubClient client = new(settings);

    /// <summary>What comes to nothing is repeated, after pauses that double unless the hub says how long to wait.</summary>
    private readonly ResiliencePipeline attempts = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
    {
        ShouldHandle = new PredicateBuilder().Handle<HubInterrupted>(),
        MaxRetryAttempts = settings.Retries,
        BackoffType = DelayBackoffType.Exponential,
        Delay = settings.Pause,
        MaxDelay = LongestPause,
        UseJitter = true,
        DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Exception is HubInterrupted { Wait: { } wait }
            ? TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, LongestPause.Ticks)) : (TimeSpan?)null),
    }).Build();

    /// <exception cref="DasException">A variable cannot be used.</exception>
    public static ModelHub FromEnvironment() => new(HubSettings.FromEnvironment());

    /// <summary>A recipe's canonical JSON with every revision decided: the backbone's names on a hub name commits. A text that names no model on a hub, or
    /// is no recipe, is left as it is.</summary>
    /// <exception cref="DasException">The hub knows no such model or revision, or cannot be reached.</exception>
    public static async Task<string> DecidedAsync(string canonicalJson, CancellationToken cancellation)
    {
        if (!canonicalJson.Contains($"\"{HubName.Prefix}", StringComparison.Ordinal)) return canonicalJson;
        Recipe recipe;
        try { recipe = Recipe.Parse(canonicalJson); }
        catch (DasException) { return canonicalJson; }
        if (Names(recipe.Backbone).All(named => named.Name.IsExact)) return canonicalJson;
        using ModelHub hub = FromEnvironment();
        Dictionary<string, string> decided = [];
        foreach ((string _, HubName name) in Names(recipe.Backbone)) decided[$"{name}"] = $"{await hub.ExactAsync(name, cancellation)}";
        return (recipe with { Backbone = recipe.Backbone.Renamed(path => decided.GetValueOrDefault(path, path)) }).ToCanonicalJson();
    }

    /// <summary>The models on a hub that a recipe's backbone names, each with the key that does.</summary>
    /// <exception cref="DasException">One is not well-formed.</exception>
    public static IEnumerable<(string Key, HubName Name)> Names(BackboneRecipe backbone) =>
        from named in backbone.Named() where HubName.Is(named.Path) select ($"backbone.{named.Key}", HubName.Parse(named.Path));

    /// <summary>The recipe with paths of this machine for names on a hub.</summary>
    /// <exception cref="DasException">A name has no commit, or its files are not all here.</exception>
    public static Recipe Here(Recipe recipe)
    {
        if (!Names(recipe.Backbone).Any()) return recipe;
        using ModelHub hub = FromEnvironment();
        return recipe with { Backbone = recipe.Backbone.Renamed(path => HubName.Is(path) ? hub.Needed(HubName.Parse(path)) : path) };
    }

    /// <summary>Brings what a recipe's backbone names on a hub to this machine.</summary>
    /// <param name="backbone">Its names have commits.</param>
    /// <param name="report">Called with bytes done, bytes in all, and what is downloaded.</param>
    /// <param name="cancellation">Ends it; what is there is gone on with next time.</param>
    /// <exception cref="DasException">The hub refuses, cannot be reached, or gives what it did not say; or the disk has no room.</exception>
    public static async Task FetchAsync(BackboneRecipe backbone, Action<long, long, string> report, CancellationToken cancellation)
    {
        if (!Names(backbone).Any()) return;
        using ModelHub hub = FromEnvironment();
        foreach ((string key, HubName name) in Names(backbone))
        {
            ThrowIfOpen(name, key);
            await hub.PullAsync(name, report, cancellation);
        }
    }

    /// <summary>The name at the commit that its revision is now.</summary>
    /// <exception cref="DasException">The hub knows no such model or revision, or cannot be reached.</exception>
    public async Task<HubName> ExactAsync(HubName name, CancellationToken cancellation) =>
        name.IsExact ? name : settings.Offline ? name.At(Kept(name)) : name.At((await AskAsync(name, cancellation)).Sha);

    /// <summary>The path of a name's files if they are all here; null if some are missing or nobody knows.</summary>
    public string? Find(HubName name)
    {
        string? commit = name.IsExact ? name.Revision : settings.Offline ? CacheOf(name).CommitOf(name.Asked) : null;
        if (commit is null) return null;
        (IReadOnlyList<string> missing, IReadOnlyList<string> unknown) = Lacking(name, commit);
        return missing.Count == 0 && (unknown.Count == 0 || settings.Offline) ? PathOf(name, commit) : null;
    }

    /// <summary>What a download of a name's files would take, in bytes, as far as the hub says.</summary>
    /// <exception cref="DasException">The hub refuses or cannot be reached, or holds no such file; offline, what is missing of it.</exception>
    public async Task<(int Files, long Bytes)> PlanAsync(HubName name, CancellationToken cancellation)
    {
        if (settings.Offline) throw NotHere(name, Kept(name));
        HubCommit commit = await AskAsync(name, cancellation);
        IReadOnlySet<string> here = CacheOf(name).Files(commit.Sha);
        string[] missing = [.. HubFiles.Of(name, [.. commit.Files.Keys]).Where(file => !here.Contains(file))];
        long bytes = missing.Sum(file => commit.Files[file] ?? 0);
        ThrowIfNoRoom(name, bytes);
        return (missing.Length, bytes);
    }

    /// <summary>Brings a name's files to this machine, where they are not here.</summary>
    /// <param name="name">A model, or one file of it.</param>
    /// <param name="report">Called with bytes done, bytes in all, and what is downloaded.</param>
    /// <param name="cancellation">Ends it; what is there is gone on with next time.</param>
    /// <returns>The name at its commit, and the path of the folder or file.</returns>
    /// <exception cref="DasException">The hub refuses, cannot be reached, or gives what it did not say; or the disk has no room.</exception>
    public async Task<(HubName Name, string Path)> PullAsync(HubName name, Action<long, long, string> report, CancellationToken cancellation)
    {
        if (Find(name) is { } here) return (name.At(name.IsExact ? name.Revision! : Kept(name)), here);
        if (settings.Offline) throw NotHere(name, Kept(name));
        HubCommit commit = await AskAsync(name, cancellation);
        HubName exact = name.At(commit.Sha);
        HubCache cache = CacheOf(name);
        IReadOnlyList<string> needed = HubFiles.Of(name, [.. commit.Files.Keys]);
        IReadOnlySet<string> linked = cache.Files(commit.Sha);
        List<(string File, HubFile Expected)> missing = [];
        foreach (string file in needed.Where(file => !linked.Contains(file)))
            missing.Add((file, await attempts.ExecuteAsync(async token => await client.FileAsync(exact with { File = null }, file, token), cancellation)));
        ThrowIfNoRoom(name, missing.Sum(one => one.Expected.Length - Begun(cache, one.Expected)));
        long total = missing.Sum(one => one.Expected.Length), before = 0;
        foreach ((string file, HubFile expected) in missing)
        {
            await FileAsync(cache, exact with { File = null }, file, expected, (done, note) => report(before + done, total, note), cancellation);
            before += expected.Length;
        }
        return (exact, PathOf(name, commit.Sha));
    }

    public void Dispose() => client.Dispose();

    private async Task FileAsync(HubCache cache, HubName name, string file, HubFile expected, Action<long, string> report, CancellationToken cancellation)
    {
        string blob = cache.Blob(expected.Digest);
        FileLock? owned = FileLock.TryTake(cache.Lock(expected.Digest));
        if (owned is null) report(0, $"waiting for another process that downloads {file}");
        using (owned ??= await FileLock.TakeAsync(cache.Lock(expected.Digest), LockPoll, cancellation))
        {
            if (new FileInfo(blob) is not { Exists: true } there || there.Length != expected.Length)
            {
                using HubDownload download = new(client, name, file, expected, blob, done => report(done, file));
                while (!await attempts.ExecuteAsync(async token => await download.AttemptAsync(token), cancellation)) { }
            }
            cache.Link(name.Revision!, file, expected.Digest);
        }
    }

    private async Task<HubCommit> AskAsync(HubName name, CancellationToken cancellation)
    {
        HubCommit commit = await attempts.ExecuteAsync(async token => await client.CommitAsync(name, token), cancellation);
        HubCache cache = CacheOf(name);
        cache.Learn(name.Asked, commit.Sha);
        foreach (string file in HubFiles.Telling(name).Where(file => !commit.Files.ContainsKey(file))) cache.LearnAbsent(commit.Sha, file);
        return commit;
    }

    private string Needed(HubName name)
    {
        ThrowIfOpen(name, "The recipe");
        return Find(name) ?? throw NotHere(name, name.Revision!);
    }

    /// <exception cref="DasException">The cache does not know it.</exception>
    private string Kept(HubName name) => name.IsExact ? name.Revision! : CacheOf(name).CommitOf(name.Asked)
        ?? throw new DasException(ErrorKind.Checkpoint, $"HF_HUB_OFFLINE is set, and the cache {settings.Cache} does not know what '{name.Asked}' of "
            + $"'{name.Repository}' is: unset HF_HUB_OFFLINE, or copy the model into the cache (das pull {name} on a machine with a network).");

    private DasException NotHere(HubName name, string commit)
    {
        (IReadOnlyList<string> missing, IReadOnlyList<string> unknown) = Lacking(name, commit);
        return new(ErrorKind.Checkpoint, $"The cache {settings.Cache} has not all of {name.At(commit)}; missing: "
            + $"{string.Join(", ", missing.Concat(unknown).Take(5))}. "
            + (settings.Offline ? $"HF_HUB_OFFLINE is set: unset it, or run das pull {name} on a machine with a network." : $"Run das pull {name}."));
    }

    private (IReadOnlyList<string> Missing, IReadOnlyList<string> Unknown) Lacking(HubName name, string commit)
    {
        HubCache cache = CacheOf(name);
        return HubFiles.Lacking(name, cache.Files(commit), file => cache.IsAbsent(commit, file));
    }

    private static void ThrowIfOpen(HubName name, string where)
    {
        if (!name.IsExact) throw new DasException(ErrorKind.Recipe, $"{where} names '{name}', whose revision is no commit, so what is computed would not "
            + "follow from the recipe: start the run by das run, the page or the API, which decide it.");
    }

    /// <exception cref="DasException">The cache's disk has less free.</exception>
    private void ThrowIfNoRoom(HubName name, long bytes)
    {
        string folder = Directory.CreateDirectory(settings.Cache).FullName;
        if (new DriveInfo(folder).AvailableFreeSpace is var free && free < bytes)
            throw new DasException(ErrorKind.DiskFull, $"The disk that holds {folder} has {free / 1e6:N0} MB free, and {name} takes "
                + $"{bytes / 1e6:N0} MB: free some space, or set HF_HUB_CACHE to a folder on another disk.");
    }

    private static long Begun(HubCache cache, HubFile expected)
    {
        string blob = cache.Blob(expected.Digest);
        FileInfo whole = new(blob), part = new(HubDownload.IncompleteOf(blob));
        return Math.Min(expected.Length, whole.Exists ? whole.Length : part.Exists ? part.Length : 0);
    }

    private string PathOf(HubName name, string commit)
    {
        string folder = CacheOf(name).Snapshot(commit);
        return name.File is null ? folder : Path.Combine(folder, Path.Combine(name.File.Split('/')));
    }

    private HubCache CacheOf(HubName name) => new(settings.Cache, name.Repository);
}
