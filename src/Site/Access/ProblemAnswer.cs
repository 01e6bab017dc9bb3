using Microsoft.AspNetCore.Mvc;

namespace Das.Site.Access;

/// <summary>The answer to a request that is not done as asked.</summary>
internal static class ProblemAnswer
{
    /// <summary>Answers with the sentence as problem details (RFC 9457), or as plain text to a browser and whoever else does not take those.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        ProblemDetailsContext problem = new() { HttpContext = context, ProblemDetails = new ProblemDetails { Status = status, Detail = sentence } };
        bool browser = context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html");
        if (!browser && await context.RequestServices.GetRequiredService<IProblemDetailsService>().TryWriteAsync(problem)) return;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(sentence, context.RequestAborted);
    }
}
