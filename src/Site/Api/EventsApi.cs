using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Das.Site.Api;

/// <summary>
/// Runs as server-sent events: first how things stand, then every change, each as event <c>run</c> with the run as its data. In
/// silence a <c>heartbeat</c> without data; after a run's end an <c>end</c>, with the run once more. Whoever reconnects hears first how things stand,
/// so no event has an id. A stream ends within two seconds of the session or the key that asked for it.
/// </summary>
internal static class EventsApi
{
    private const string Changed = "run", Silence = "heartbeat", End = "end";
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10), Reconnect = TimeSpan.FromSeconds(2);
    private static readonly IReadOnlySet<Guid> Nothing = new HashSet<Guid>();

    public static void MapEventsApi(this WebApplication app)
    {
        app.MapGet("/api/runs/{id}/events", OneAsync).WithTags("Events").ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Server-sent events of a run: how it stands, then every change until it has ended.");
        app.MapGet("/api/events", All).WithTags("Events").WithSummary("Server-sent events of all runs: those under way, then every change of any.");
    }

    private static async Task<ServerSentEventsResult<RunView?>> OneAsync(string id, RunRegistry runs, RunFeed feed, AccessWatch watch, ClaimsPrincipal who,
        IHostApplicationLifetime host) =>
        TypedResults.ServerSentEvents(FollowAsync((await runs.RequireAsync(id)).Id, runs, feed, () => watch.HoldsAsync(who), host.ApplicationStopping));

    private static ServerSentEventsResult<RunView?> All(RunRegistry runs, RunFeed feed, AccessWatch watch, ClaimsPrincipal who,
        IHostApplicationLifetime host) =>
        TypedResults.ServerSentEvents(FollowAllAsync(runs, feed, () => watch.HoldsAsync(who), host.ApplicationStopping));

    private static async IAsyncEnumerable<SseItem<RunView?>> FollowAsync(Guid id, RunRegistry runs, RunFeed feed, Func<Task<bool>> may,
        CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone = default)
    {
        object? told = null;
        await foreach (IReadOnlySet<Guid> changed in HeardAsync(feed, id, may, stopping, gone))
        {
            if (await runs.FindAsync(id) is not { } run) yield break;
            object now = (run.State, run.Updated, run.CancelRequested, run.RetryRequested, run.Progress);
            yield return changed.Count > 0 || !now.Equals(told) ? Item(run, Changed) : Item(null, Silence);
            told = now;
            if (!run.Ended) continue;
            yield return Item(run, End);
            yield break;
        }
    }

    private static async IAsyncEnumerable<SseItem<RunView?>> FollowAllAsync(RunRegistry runs, RunFeed feed, Func<Task<bool>> may,
        CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone = default)
    {
        bool first = true;
        await foreach (IReadOnlySet<Guid> changed in HeardAsync(feed, null, may, stopping, gone))
        {
            if (first)
                foreach (RunView run in await runs.UnderWayAsync()) yield return Item(run, Changed);
            foreach (Guid id in changed)
                if (await runs.FindAsync(id) is { } run) yield return Item(run, Changed);
            if (changed.Count == 0) yield return Item(null, Silence);
            first = false;
        }
    }

    /// <summary>What has changed, or nothing: at once, when from then on no change is missed, and after every stretch of silence.</summary>
    private static async IAsyncEnumerable<IReadOnlySet<Guid>> HeardAsync(RunFeed feed, Guid? id, Func<Task<bool>> may,
        CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping);
        await using IAsyncEnumerator<IReadOnlySet<Guid>> changes = feed.FollowAsync(id, ended.Token).GetAsyncEnumerator(CancellationToken.None);
        Task<bool> next = changes.MoveNextAsync().AsTask();
        try
        {
            yield return Nothing;
            long told = Stopwatch.GetTimestamp();
            while (!ended.IsCancellationRequested)
            {
                bool heard = await Task.WhenAny(next, Task.Delay(AccessWatch.Pace, ended.Token)) == next;
                if (!await may()) yield break;
                if (!heard && Stopwatch.GetElapsedTime(told) < Heartbeat) continue;
                told = Stopwatch.GetTimestamp();
                if (!heard)
                {
                    yield return Nothing;
                    continue;
                }
                if (!await next) yield break;
                IReadOnlySet<Guid> changed = changes.Current;
                next = changes.MoveNextAsync().AsTask();
                yield return changed;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await next;
        }
    }

    private static SseItem<RunView?> Item(RunView? run, string kind) => new(run, kind) { ReconnectionInterval = Reconnect };
}
