using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Das.Site.Access;

/// <summary>Ends what an open page may do when its session has ended: a page outlives the request that brought it.</summary>
internal sealed class SessionRevalidation(ILoggerFactory log, UserAccounts users) : RevalidatingServerAuthenticationStateProvider(log)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        authenticationState.User.Identity?.AuthenticationType != Schemes.Session
        || await users.IsCurrentAsync(authenticationState.User.Identity.Name, authenticationState.User.FindFirst(Schemes.Stamp)?.Value);
}
