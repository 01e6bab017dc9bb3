using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Das.Site.Access;

/// <summary><c>/sign-in</c> and <c>/sign-out</c>.</summary>
internal static class SignInEndpoints
{
    /// <summary>Of a filled in form.</summary>
    private const int MostBytes = 16 << 10;

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/sign-in", ShowAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/sign-in", SignInAsync).AllowAnonymous().ExcludeFromDescription().WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        app.MapPost("/sign-out", SignOutAsync).RequireAuthorization(Roles.Viewer).ExcludeFromDescription();
    }

    private static IResult ShowAsync(HttpContext context, IAntiforgery antiforgery)
    {
        string back = Local(context.Request.Query["return"]);
        return context.User.Identity is { IsAuthenticated: true } ? Results.LocalRedirect(back) : Page(context, antiforgery, back);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, IAntiforgery antiforgery, UserAccounts users, SignInLimits limits)
    {
        if (!context.Request.HasFormContentType)
            throw new BadHttpRequestException("Sign in with the form at /sign-in.", StatusCodes.Status415UnsupportedMediaType);
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string name = form["name"].ToString(), back = Local(form["return"]);
        if (!await antiforgery.IsRequestValidAsync(context))
            return Page(context, antiforgery, back, name, "This page had grown old or was not ours. Please try once more.", StatusCodes.Status400BadRequest);
        if (limits.Try(context.Connection.RemoteIpAddress, name) is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return Page(context, antiforgery, back, name, $"Too many attempts. Please try again in {Math.Ceiling(wait.TotalMinutes)} min.",
                StatusCodes.Status429TooManyRequests);
        }
        if (await users.VerifyAsync(name, form["password"].ToString()) is not { } user)
            return Page(context, antiforgery, back, name, "Name or password is wrong.", StatusCodes.Status401Unauthorized);
        limits.Forgive(context.Connection.RemoteIpAddress, name);
        await context.SignInAsync(Schemes.Session, Schemes.Principal(Schemes.Session, user.Name, user.Role, user.Stamp));
        return Results.LocalRedirect(back);
    }

    /// <summary>Ends the user's sessions everywhere, also those of pages that are still open.</summary>
    private static async Task<IResult> SignOutAsync(HttpContext context, UserAccounts users)
    {
        if (context.User.Identity is { AuthenticationType: Schemes.Session, Name: { } name }) await users.EndSessionsAsync(name);
        await context.SignOutAsync(Schemes.Session);
        return Results.LocalRedirect("/sign-in");
    }

    private static RazorComponentResult<SignInPage> Page(
        HttpContext context, IAntiforgery antiforgery, string back, string name = "", string? error = null, int status = StatusCodes.Status200OK)
    {
        AntiforgeryTokenSet token = antiforgery.GetAndStoreTokens(context);
        return new(new Dictionary<string, object?>
        {
            [nameof(SignInPage.TokenName)] = token.FormFieldName,
            [nameof(SignInPage.Token)] = token.RequestToken,
            [nameof(SignInPage.Return)] = back,
            [nameof(SignInPage.Name)] = name,
            [nameof(SignInPage.Error)] = error,
        }) { StatusCode = status };
    }

    /// <summary>A path of this site, whatever was asked for.</summary>
    private static string Local(string? path) =>
        path is ['/', ..] and not (['/', '/' or '\\', ..]) && !path.Any(char.IsControl) ? path : "/";
}
