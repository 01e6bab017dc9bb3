using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Das.Site.Access;

/// <summary>Empties an open page when the session or the key that opened it has ended: a page outlives the request that brought it.</summary>
internal sealed class SessionRevalidation(ILoggerFactory log, AccessWatch watch) : RevalidatingServerAuthenticationStateProvider(log)
{
    protected override TimeSpan RevalidationInterval => AccessWatch.Pace;

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        watch.HoldsAsync(authenticationState.User);
}
