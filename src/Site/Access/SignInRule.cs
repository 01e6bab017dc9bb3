using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Das.Site.Access;

/// <summary>
/// Whether people must sign in: always, unless the site listens on loopback addresses only, <see cref="Variable"/> is not set and
/// no proxy brings others. Without sign-in everybody on this machine is an operator.
/// </summary>
internal sealed class SignInRule(IServer server, IConfiguration configuration, UserAccounts users) : IHostedLifecycleService
{
    /// <summary>The setting that asks for sign-in on loopback, too: <c>1</c>.</summary>
    public const string Variable = "DAS_ADMIN_SIGNIN";

    /// <summary>The setting that names the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, separated by
    /// commas.</summary>
    public const string Proxies = "DAS_ADMIN_PROXIES";

    private bool? _required;

    public bool Required
    {
        get
        {
            if (_required is { } known) return known;
            ICollection<string> bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            bool required = RequiredOn(bound);
            if (bound.Count > 0) _required = required;
            return required;
        }
    }

    /// <summary>Nobody could sign in to a site that needs it: better no site.</summary>
    /// <exception cref="DasException">There is no user yet.</exception>
    public async Task RefuseWithoutUsersAsync(IEnumerable<string> urls)
    {
        string[] all = [.. urls];
        if (!RequiredOn(all) || await users.AnyAsync()) return;
        string why = all.All(IsLoopback) ? $"{(Proxied ? Proxies : Variable)} asks for sign-in"
            : $"{string.Join(", ", all.Where(url => !IsLoopback(url)))} can be reached from other machines";
        throw new DasException(ErrorKind.Machine, $"{why}, and there is no user yet. Add the first one: das users add NAME --role operator "
            + "(in compose: docker compose run --rm admin users add NAME --role operator). Without users, listen on http://localhost:5080.");
    }

    /// <summary>No address at all is no loopback address either.</summary>
    private bool RequiredOn(ICollection<string> urls) => configuration[Variable] == "1" || Proxied || urls.Count == 0 || !urls.All(IsLoopback);

    private bool Proxied => configuration[Proxies] is { Length: > 0 };

    internal static bool IsLoopback(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        return !address.IsUnixPipe && !address.IsNamedPipe && IsLoopbackHost(address.Host);
    }

    /// <summary><c>localhost</c>, <c>127.0.0.1</c> and its like, <c>[::1]</c>; a name that merely resolves to them is none.</summary>
    internal static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address);

    public Task StartedAsync(CancellationToken cancellationToken) => RefuseWithoutUsersAsync(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
