namespace Das.Artifacts;

/// <summary>
/// The right to work on one key. The lock file binds the processes of one machine; on a shared folder whose locks do not
/// reach other machines, the owner's heartbeat does: a foreign owner counts as alive until it has been silent for a minute.
/// </summary>
internal sealed class StageLock : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5), Silence = TimeSpan.FromMinutes(1), Poll = TimeSpan.FromMilliseconds(200);
    private static readonly string Machine = Environment.MachineName;
    private readonly FileLock _lock;
    private readonly string _owner;
    private readonly Timer _heart;

    private StageLock(FileLock taken, string owner)
    {
        (_lock, _owner) = (taken, owner);
        File.WriteAllText(owner, string.Create(CultureInfo.InvariantCulture, $"{Machine} {Environment.ProcessId}"));
        _heart = new(_ => Touch(), null, Beat, Beat);
    }

    /// <summary>Waits until no other owner is at work in <paramref name="folder"/>, telling <paramref name="waiting"/> whom it waits for.</summary>
    public static async Task<StageLock> TakeAsync(string folder, Action<string> waiting, CancellationToken cancellation)
    {
        string owner = Path.Combine(folder, ".owner");
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            FileLock? taken = FileLock.TryTake(Path.Combine(folder, ".lock"));
            if (taken is not null && !ForeignOwnerLives(owner)) return new(taken, owner);
            taken?.Dispose();
            waiting(ReadOwner(owner));
            await Task.Delay(Poll, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _heart.DisposeAsync();
        File.Delete(_owner);
        _lock.Dispose();
    }

    private void Touch()
    {
        try { File.SetLastWriteTimeUtc(_owner, DateTime.UtcNow); }
        catch (IOException) { /* The next beat tries again. */ }
    }

    private static bool ForeignOwnerLives(string owner) =>
        ReadOwner(owner) is { Length: > 0 } text && !text.StartsWith(Machine + " ", StringComparison.Ordinal)
        && DateTime.UtcNow - File.GetLastWriteTimeUtc(owner) < Silence;

    private static string ReadOwner(string owner)
    {
        try { return File.ReadAllText(owner); }
        catch (IOException) { return ""; }
    }
}
