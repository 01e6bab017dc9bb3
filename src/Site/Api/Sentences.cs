using Microsoft.AspNetCore.Diagnostics;

namespace Das.Site.Api;

/// <summary>Answers what a program did wrong with the sentence of the exception, as problem details.</summary>
internal sealed class Sentences : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if ((exception is BadHttpRequestException bad ? bad.StatusCode : Faults.HttpStatus(exception)) is not { } code) return false;
        await ProblemAnswer.WriteAsync(httpContext, code, exception.Message);
        return true;
    }
}
