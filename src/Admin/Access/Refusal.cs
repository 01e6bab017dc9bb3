using Microsoft.AspNetCore.Mvc;

namespace Das.Admin.Access;

/// <summary>A request that is not done as asked: the status code, and the sentence for whoever sent it.</summary>
public sealed class Refusal(int status, string sentence) : Exception(sentence)
{
    public int Status => status;

    /// <summary>Answers with the sentence as problem details (RFC 9457).</summary>
    internal static Task WriteAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        return context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new() { HttpContext = context, ProblemDetails = new ProblemDetails { Status = status, Detail = sentence } }).AsTask();
    }
}
