using Microsoft.AspNetCore.Diagnostics;

namespace Das.Site.Api;

/// <summary>Answers what a program did wrong with the sentence of the exception, as problem details.</summary>
internal sealed partial class Sentences : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if ((exception is BadHttpRequestException bad ? bad.StatusCode : Faults.HttpStatus(exception)) is not { } code) return false;
        await ProblemAnswer.WriteAsync(httpContext, code, Sentence(exception.Message));
        return true;
    }

    /// <summary>What the framework says of a query that it cannot read, in words of whoever wrote it; other sentences as they are.</summary>
    private static string Sentence(string said) => Unread().Match(said) is { Success: true } unread
        ? $"The query gives {unread.Groups["name"].Value} as '{unread.Groups["value"].Value}', which cannot be read as what is expected there; "
            + "/openapi/v1.json says what is."
        : said;

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from \"(?<value>.*)\"\\.$", RegexOptions.Singleline)]
    private static partial Regex Unread();
}
