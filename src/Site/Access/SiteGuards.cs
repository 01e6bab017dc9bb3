namespace Das.Site.Access;

/// <summary>What every answer carries and which requests are turned away, whoever sends them.</summary>
internal static class SiteGuards
{
    /// <summary>Nothing from elsewhere, no inline script; MudBlazor writes style attributes.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>What proxies add to requests, beside everything that begins with <see cref="Forwarded"/>.</summary>
    private static readonly string[] ProxyHeaders =
    [
        "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Original-Host", "X-Original-For", "X-Envoy-External-Address",
        "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP",
    ];

    private const string Forwarded = "X-Forwarded-";

    public static Task SecureHeadersAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() => SecureAsync(context));
        return next(context);
    }

    private static Task SecureAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (IsApi(context)) headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    /// <summary>
    /// A site without sign-in trusts whoever reaches it, so it answers only to the names of this machine (a foreign name that
    /// resolves to 127.0.0.1 is a page rebinding it) and to nobody behind a proxy, which adds a header or, as nginx does unless it is told
    /// otherwise, adds none and speaks HTTP/1.0.
    /// </summary>
    public static Task OnlyThisMachineAsync(HttpContext context, RequestDelegate next)
    {
        if (context.RequestServices.GetRequiredService<SignInRule>().Required) return next(context);
        string host = context.Request.Host.Host;
        if (host.Length > 0 && !SignInRule.IsLoopbackHost(host))
            return ProblemAnswer.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "This site needs no sign-in and therefore answers only to "
                + $"localhost, not to '{host}'. With {SignInRule.Variable}=1 it asks for sign-in and answers to any name.");
        if (ProxySign(context.Request) is not { } sign) return next(context);
        return ProblemAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, $"This request may have come through a proxy ({sign}), and this site needs no "
            + $"sign-in. Set {SignInRule.Variable}=1 to put it behind one.");
    }

    private static string? ProxySign(HttpRequest request) =>
        !HttpProtocol.IsHttp11(request.Protocol) && !HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol) ? "it is HTTP/1.0"
        : request.Headers.Keys.FirstOrDefault(name => name.StartsWith(Forwarded, StringComparison.OrdinalIgnoreCase)
            || ProxyHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } header ? $"it has the header {header}" : null;

    /// <summary>
    /// What a browser sends along by itself (a session, or mere presence on this machine) must not be usable by other sites' pages:
    /// changes and live connections come from our own pages only.
    /// </summary>
    public static Task OnlyOwnPagesAsync(HttpContext context, RequestDelegate next) => Forged(context)
        ? ProblemAnswer.WriteAsync(context, StatusCodes.Status403Forbidden,
            "This request comes from another site's page. Programs send an API key instead: Authorization: Bearer das_….")
        : next(context);

    public static bool IsSafe(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || HttpMethods.IsTrace(request.Method);

    /// <summary>Programs ask here, not people.</summary>
    public static bool IsApi(HttpContext context) =>
        new[] { "/api", "/openapi", "/metrics", "/health" }.Any(start => context.Request.Path.StartsWithSegments(start));

    private static bool Forged(HttpContext context)
    {
        HttpRequest request = context.Request;
        string? scheme = context.User.Identity?.AuthenticationType;
        if (scheme is null or Schemes.Key || IsSafe(request) && !request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase))
            return false;
        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        if (site is not null && site is not ("same-origin" or "none")) return true;
        if (origin is not null) return !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        return site is null && scheme == Schemes.Session && !IsSafe(request);
    }
}
