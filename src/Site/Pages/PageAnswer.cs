namespace Das.Site.Pages;

/// <summary>The status of the answer that carries a page.</summary>
internal static class PageAnswer
{
    /// <summary>
    /// Says that there is no such thing, with the page's own sentence as the body. The status is set as the answer
    /// begins: Blazor drops the body of a page that has it while it is drawn.
    /// </summary>
    /// <param name="http">The request; null on a live connection, where there is no answer.</param>
    public static void NotFound(HttpContext? http) => http?.Response.OnStarting(() =>
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}
