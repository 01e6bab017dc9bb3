using System.Net;
using System.Net.Sockets;

namespace Das.Site.Access;

/// <summary>How often a sign-in may fail: for each address and, from wherever, for each user's name.</summary>
internal sealed class SignInLimits(TimeProvider clock)
{
    public const int MostOfAddress = 30, MostOfName = 10;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private const int MostRemembered = 100_000;
    private DateTimeOffset _pruned = DateTimeOffset.MinValue;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DateTimeOffset Since, int Attempts)> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts an attempt.</summary>
    /// <returns>How long to wait instead of trying; null where the attempt may be made.</returns>
    public TimeSpan? Try(IPAddress? address, string name)
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (_gate)
        {
            Prune(now);
            TimeSpan wait = Longer(Wait(Of(address), MostOfAddress, now), Wait(Of(name), MostOfName, now));
            if (wait > TimeSpan.Zero) return wait;
            Count(Of(address), 1, now);
            Count(Of(name), 1, now);
            return null;
        }
    }

    /// <summary>The attempt was right: it does not count, and the name's earlier ones no longer do.</summary>
    public void Forgive(IPAddress? address, string name)
    {
        lock (_gate)
        {
            _counts.Remove(Of(name));
            Count(Of(address), -1, clock.GetUtcNow());
        }
    }

    private TimeSpan Wait(string who, int most, DateTimeOffset now) =>
        _counts.TryGetValue(who, out var count) && count.Attempts >= most && now - count.Since < Window ? count.Since + Window - now : TimeSpan.Zero;

    private void Count(string who, int more, DateTimeOffset now)
    {
        var count = _counts.TryGetValue(who, out var known) && now - known.Since < Window ? known : (Since: now, Attempts: 0);
        _counts[who] = (count.Since, Math.Max(0, count.Attempts + more));
    }

    private void Prune(DateTimeOffset now)
    {
        if (now - _pruned < Window && _counts.Count < MostRemembered) return;
        _pruned = now;
        foreach ((string who, var count) in _counts)
            if (now - count.Since >= Window) _counts.Remove(who);
        if (_counts.Count >= MostRemembered) _counts.Clear();
    }

    /// <summary>What is too long for a name counts as one name.</summary>
    private static string Of(string name) => name.Length > UserAccounts.LongestName ? "no name" : $"name {name.Trim().ToLowerInvariant()}";

    /// <summary>A household has a whole /64 of IPv6.</summary>
    private static string Of(IPAddress? address) => address switch
    {
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } => $"address {Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))}",
        _ => $"address {address?.MapToIPv4()}",
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
