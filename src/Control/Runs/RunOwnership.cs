namespace Das.Control.Runs;

/// <summary>
/// Which runs this process drives. On the in-memory transport a run's messages live in one process, which holds the run's
/// lock file as long as it lives; on a broker every process may drive every run.
/// </summary>
public sealed class RunOwnership(DasHome home, BusSettings settings) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, FileLock> _mine = [];

    public IReadOnlyList<Guid> Mine { get { lock (_gate) return [.. _mine.Keys]; } }

    /// <summary>True when no other live process drives the run; from then on this one does.</summary>
    public bool TryTake(Guid runId)
    {
        if (!settings.InMemory) return true;
        lock (_gate)
        {
            if (_mine.ContainsKey(runId)) return true;
            if (FileLock.TryTake(PathOf(runId)) is not { } taken) return false;
            _mine[runId] = taken;
            return true;
        }
    }

    /// <summary>Lets another process have the run; removes the lock file.</summary>
    public void Release(Guid runId)
    {
        lock (_gate)
        {
            if (!_mine.Remove(runId, out FileLock? held)) return;
            try { File.Delete(PathOf(runId)); }
            finally { held.Dispose(); }
        }
    }

    public void Dispose()
    {
        foreach (Guid runId in Mine) Release(runId);
    }

    private string PathOf(Guid runId) => Path.Combine(home.Runs, $"{runId:N}.lock");
}
