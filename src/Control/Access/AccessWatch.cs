using System.Data.Common;
using System.Diagnostics;

namespace Das.Control.Access;

/// <summary>
/// Whether those who were let in still may be there: for what outlives its request, an open page or a stream of events. What has ended, by this process or
/// another one, is known here within a second; all who ask share one look at the registry.
/// </summary>
public sealed class AccessWatch(IDbContextFactory<RegistryContext> registry) : IDisposable
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>What was known last holds for so long while the registry cannot be read.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private (HashSet<string> Stamps, long At)? _last;

    /// <summary>Whether a session of this stamp, or a key of this digest, still holds.</summary>
    public async Task<bool> HoldsAsync(string stamp)
    {
        await _one.WaitAsync();
        try
        {
            if (_last is not { } last || Stopwatch.GetElapsedTime(last.At) >= Pace) await LookAsync();
            return _last!.Value.Stamps.Contains(stamp);
        }
        finally { _one.Release(); }
    }

    public void Dispose() => _one.Dispose();

    private async Task LookAsync()
    {
        long now = Stopwatch.GetTimestamp();
        try
        {
            await using RegistryContext rows = await registry.CreateDbContextAsync();
            _last = ([.. await rows.Users.Select(user => user.Stamp).Concat(rows.ApiKeys.Select(key => key.Sha256)).ToListAsync()], now);
        }
        catch (DbException) when (_last is { } last && Stopwatch.GetElapsedTime(last.At) < Patience) { /* The next look tries again. */ }
    }
}
