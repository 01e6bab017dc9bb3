using Microsoft.AspNetCore.Diagnostics;

namespace Das.Site.Api;

/// <summary>Answers what a program did wrong with the sentence of the exception, as problem details.</summary>
internal sealed class Sentences : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        int? status = exception switch
        {
            Refusal refused => refused.Status,
            BadHttpRequestException bad => bad.StatusCode,
            _ => Faults.HttpStatus(exception),
        };
        if (status is not { } code) return false;
        await Refusal.WriteAsync(httpContext, code, exception.Message);
        return true;
    }
}
