using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Das.Site.Access;

/// <summary>How a request says who sends it.</summary>
internal static class Schemes
{
    /// <summary>Chooses among the others: a key where one is sent, else a session, or nothing at all where no sign-in is needed.</summary>
    public const string Any = "das";

    public const string Session = "session", Key = "key", Local = "local";

    /// <summary>The claim by which a session is tied to the password and role it was begun with, and what a key opens to the key.</summary>
    public const string Stamp = "stamp";

    /// <summary>Whether who was let in still may be there; without sign-in everybody may.</summary>
    public static Task<bool> HoldsAsync(this AccessWatch watch, ClaimsPrincipal who) =>
        who.FindFirst(Stamp) is { Value: var stamp } ? watch.HoldsAsync(stamp) : Task.FromResult(true);

    public static ClaimsPrincipal Principal(string scheme, string name, string role, string? stamp = null)
    {
        ClaimsIdentity identity = new([new(ClaimTypes.Name, name), new(ClaimTypes.Role, role)], scheme);
        if (stamp is not null) identity.AddClaim(new(Stamp, stamp));
        return new(identity);
    }

    public static string Choose(HttpContext context) =>
        context.Request.Headers.Authorization.Count > 0 ? Key
        : context.RequestServices.GetRequiredService<SignInRule>().Required ? Session : Local;
}

/// <summary><c>Authorization: Bearer das_…</c></summary>
internal sealed class KeyScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, ApiKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        bool bearer = AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var sent)
            && sent.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
        return bearer && sent!.Parameter is { } key && key.StartsWith(ApiKeys.Prefix, StringComparison.Ordinal) && await keys.FindAsync(key) is { } found
            ? AuthenticateResult.Success(new(Schemes.Principal(Schemes.Key, found.Name, found.Role, found.Sha256), Schemes.Key))
            : AuthenticateResult.Fail("Not a key of this site.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return ProblemAnswer.WriteAsync(Context, StatusCodes.Status401Unauthorized,
            "The key in the header 'Authorization: Bearer das_…' is not one of this site's. List them: das keys list.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemAnswer.WriteAsync(Context, StatusCodes.Status403Forbidden, AccessSetup.NeedsOperator);
}

/// <summary>Everybody is an operator: the site is bound to loopback and asks for no sign-in.</summary>
internal sealed class LocalScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(AuthenticateResult.Success(new(Schemes.Principal(Schemes.Local, "local", Roles.Operator), Schemes.Local)));
}
