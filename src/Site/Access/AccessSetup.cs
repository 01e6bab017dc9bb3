using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Das.Site.Access;

/// <summary>
/// Who may do what. Whatever an endpoint does not say itself: to look takes a viewer, to change (any method but GET and HEAD) an
/// operator.
/// </summary>
internal static class AccessSetup
{
    public const string NeedsOperator = "This takes the role 'operator'; yours is 'viewer'.";

    private static readonly TimeSpan SessionLasts = TimeSpan.FromHours(12);

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SignInRule>();
        services.AddHostedService(provider => provider.GetRequiredService<SignInRule>());
        services.AddSingleton<SignInLimits>();
        services.AddAuthentication(Schemes.Any)
            .AddPolicyScheme(Schemes.Any, null, options => options.ForwardDefaultSelector = Schemes.Choose)
            .AddScheme<AuthenticationSchemeOptions, KeyScheme>(Schemes.Key, null)
            .AddScheme<AuthenticationSchemeOptions, LocalScheme>(Schemes.Local, null)
            .AddCookie(Schemes.Session, Configure);
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.Viewer, policy => policy.RequireRole(Roles.All))
            .AddPolicy(Roles.Operator, policy => policy.RequireRole(Roles.Operator))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(Roles.All).RequireAssertion(MayChangeOrOnlyLooks).Build());
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionRevalidation>();
        services.AddDataProtection().SetApplicationName("das");
        services.AddOptions<KeyManagementOptions>().Configure<DasHome, ILoggerFactory>((options, home, log) =>
            options.XmlRepository = new FileSystemXmlRepository(Private(Path.Combine(home.Root, "keys")), log));
        services.AddAntiforgery(options => (options.Cookie.Name, options.Cookie.SameSite) = ("das-form", SameSiteMode.Strict));
        if (builder.Configuration[SignInRule.Proxies] is { Length: > 0 } proxies)
            services.Configure<ForwardedHeadersOptions>(options => Trust(options, proxies));
    }

    public static void UseAccess(this WebApplication app)
    {
        if (app.Configuration[SignInRule.Proxies] is { Length: > 0 }) app.UseForwardedHeaders();
        app.Use(SiteGuards.SecureHeadersAsync);
        app.UseExceptionHandler();
        app.UseWhen(SiteGuards.IsApi, api => api.UseStatusCodePages());
        app.Use(SiteGuards.OnlyThisMachineAsync);
        app.UseAuthentication();
        app.Use(SiteGuards.OnlyOwnPagesAsync);
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    private static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "das";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = SessionLasts;
        options.LoginPath = "/sign-in";
        options.ReturnUrlParameter = "return";
        options.Events.OnValidatePrincipal = async session =>
        {
            UserAccounts users = session.HttpContext.RequestServices.GetRequiredService<UserAccounts>();
            if (await users.IsCurrentAsync(session.Principal?.Identity?.Name, session.Principal?.FindFirst(Schemes.Stamp)?.Value)) return;
            session.RejectPrincipal();
            await session.HttpContext.SignOutAsync(Schemes.Session);
        };
        options.Events.OnRedirectToLogin = context =>
        {
            if (!SiteGuards.IsApi(context.HttpContext) && SiteGuards.IsSafe(context.Request))
            {
                context.Response.Redirect(context.RedirectUri);
                return Task.CompletedTask;
            }
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return ProblemAnswer.WriteAsync(context.HttpContext, StatusCodes.Status401Unauthorized,
                "Sign in at /sign-in, or send an API key: Authorization: Bearer das_….");
        };
        options.Events.OnRedirectToAccessDenied = context => ProblemAnswer.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, NeedsOperator);
    }

    private static bool MayChangeOrOnlyLooks(AuthorizationHandlerContext context) =>
        context.User.IsInRole(Roles.Operator) || context.Resource is HttpContext http && SiteGuards.IsSafe(http.Request);

    private static DirectoryInfo Private(string folder)
    {
        if (!OperatingSystem.IsWindows()) return Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Directory.CreateDirectory(folder);
    }

    private static void Trust(ForwardedHeadersOptions options, string proxies)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (string proxy in proxies.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(proxy, out IPAddress? address)) options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(proxy, out System.Net.IPNetwork network)) options.KnownIPNetworks.Add(network);
            else throw new DasException(ErrorKind.Usage, $"'{proxy}' in {SignInRule.Proxies} is neither an address nor a network such as 10.0.0.0/8.");
        }
    }
}
