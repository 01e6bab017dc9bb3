using System.Text;

namespace Das.Artifacts;

/// <summary>
/// The right to work on one key. The lock file binds the processes of one machine; on a shared folder whose locks do not reach other machines, and
/// where the owner has been stopped, the heartbeat decides: an owner whose beat has not been seen to move for a while has lost the right. No clocks
/// are compared: whoever waits counts how often it looked in vain. The owner's token, in <c>.owner</c>, is what decides who may write.
/// </summary>
internal sealed class StageLock : IDisposable
{
    public const string LockName = ".lock", OwnerName = ".owner";
    private const int BeatsInSilence = 6;
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(200);
    private static readonly string Machine = Environment.MachineName;
    private readonly FileLock _lock;
    private readonly string _owner, _token;
    private readonly TimeSpan _silence;
    private readonly CancellationTokenSource _lost = new();
    private readonly ManualResetEventSlim _released = new();
    private readonly Thread _heart;

    private StageLock(FileLock taken, string owner, TimeSpan silence)
    {
        (_lock, _owner, _silence) = (taken, owner, silence);
        _token = string.Create(CultureInfo.InvariantCulture, $"{Machine} {Environment.ProcessId} {Guid.NewGuid():N}");
        AtomicFile.Write(owner, Encoding.UTF8.GetBytes(_token));
        // Only now: what a former owner completes from here on no longer has the file that it would rename.
        AtomicFile.RemoveLeftovers(Path.GetDirectoryName(owner)!);
        _heart = new(Beat) { IsBackground = true, Name = "stage heartbeat" };
        _heart.Start();
    }

    /// <summary>Cancelled as soon as it is seen that another has the right.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Waits until no other owner is at work in <paramref name="folder"/>, telling <paramref name="waiting"/> whom it waits for.</summary>
    /// <param name="folder">The key's.</param>
    /// <param name="silence">How long an owner's heartbeat may stand still.</param>
    /// <param name="waiting">Told <c>HOST (process N)</c> at every look.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<StageLock> TakeAsync(string folder, TimeSpan silence, Action<string> waiting, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, LockName), owner = Path.Combine(folder, OwnerName);
        TimeSpan poll = silence / BeatsInSilence < LongestPoll ? silence / BeatsInSilence : LongestPoll, unheard = TimeSpan.Zero;
        (string Text, DateTime Beat) last = default;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            (string Text, DateTime Beat) now = Heard(owner);
            (unheard, last) = (now == last ? unheard + poll : TimeSpan.Zero, now);
            if (Take(path, owner, silence, last.Text, silent: unheard >= silence) is { } taken) return taken;
            waiting(Name(last.Text));
            await Task.Delay(poll, cancellation);
        }
    }

    /// <summary>Whether the right is still this owner's.</summary>
    /// <exception cref="IOException">That cannot be seen.</exception>
    public bool Holds() => !_lost.IsCancellationRequested && Heard(_owner, unreadable: null).Text == _token;

    /// <exception cref="OwnershipLost">The right has gone to another.</exception>
    /// <exception cref="IOException">That cannot be seen.</exception>
    public void Check()
    {
        if (Holds()) return;
        _lost.CancelAsync();
        throw Loss();
    }

    /// <summary>What is to be said once the right is lost.</summary>
    public OwnershipLost Loss() => new(string.Create(CultureInfo.InvariantCulture,
        $"This process was silent for longer than {_silence.TotalSeconds:0.#} s, and {Name(Heard(_owner).Text)} has taken over its work in "
        + $"{Path.GetDirectoryName(_owner)}: this one stops, writes nothing more and waits for the other's result."));

    public void Dispose()
    {
        _released.Set();
        _heart.Join();
        try
        {
            if (Holds()) File.Delete(_owner);
        }
        catch (Exception stays) when (stays is IOException or UnauthorizedAccessException) { /* The next owner replaces it. */ }
        finally
        {
            _lock.Dispose();
            _released.Dispose();
        }
    }

    private static StageLock? Take(string path, string owner, TimeSpan silence, string text, bool silent)
    {
        FileLock? taken = FileLock.TryTake(path);
        if (taken is null && silent)
        {
            File.Delete(path); // a stopped process, or a machine that is gone, still holds it
            taken = FileLock.TryTake(path);
        }
        if (taken is null) return null;
        bool foreign = text.Length > 0 && !text.StartsWith(Machine + " ", StringComparison.Ordinal);
        try
        {
            if (silent || !foreign) return new(taken, owner, silence);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
        taken.Dispose();
        return null;
    }

    private void Beat()
    {
        while (!_released.Wait(_silence / BeatsInSilence))
            try
            {
                if (!Holds())
                {
                    _lost.CancelAsync();
                    return;
                }
                File.SetLastWriteTimeUtc(_owner, DateTime.UtcNow);
            }
            catch (Exception stumbled) when (stumbled is IOException or UnauthorizedAccessException) { /* The next beat tries again. */ }
    }

    private static string Name(string owner) => owner.Split(' ') is [var host, var process, ..] ? $"{host} (process {process})" : "another process";

    /// <summary>What stands in the owner's file, and its time, which says nothing but whether it has changed.</summary>
    private static (string Text, DateTime Beat) Heard(string owner, string? unreadable = "")
    {
        try { return (File.ReadAllText(owner), File.GetLastWriteTimeUtc(owner)); }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException) { return ("", default); }
        catch (IOException) when (unreadable is not null) { return (unreadable, default); }
    }
}
