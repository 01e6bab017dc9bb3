using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Das.Control.Progress;

/// <summary>Tells pages and event streams which runs have changed; a burst of changes of one run is told once.</summary>
public sealed class RunFeed
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private readonly Lock _gate = new();
    private readonly List<Channel<Guid>> _listeners = [];

    /// <summary>Something of the run has changed: its state, its wishes, its progress.</summary>
    public void Changed(Guid runId)
    {
        lock (_gate)
            foreach (Channel<Guid> listener in _listeners) listener.Writer.TryWrite(runId);
    }

    /// <summary>Runs as they change, at most every quarter of a second, until cancelled.</summary>
    /// <param name="runId">Only this run; every run by default.</param>
    /// <param name="cancellation">Ends the stream quietly.</param>
    public async IAsyncEnumerable<IReadOnlySet<Guid>> FollowAsync(Guid? runId = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Channel<Guid> changes = Channel.CreateBounded<Guid>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate) _listeners.Add(changes);
        try
        {
            while (true)
            {
                HashSet<Guid> changed = [];
                try
                {
                    if (!await changes.Reader.WaitToReadAsync(cancellation)) yield break;
                    while (changes.Reader.TryRead(out Guid id))
                        if (runId is null || id == runId) changed.Add(id);
                }
                catch (OperationCanceledException) { yield break; }
                if (changed.Count == 0) continue;
                yield return changed;
                try { await Task.Delay(Pace, cancellation); }
                catch (OperationCanceledException) { yield break; }
            }
        }
        finally
        {
            lock (_gate) _listeners.Remove(changes);
        }
    }
}
