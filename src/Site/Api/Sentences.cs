using Das.Control.Registry;
using Microsoft.AspNetCore.Diagnostics;

namespace Das.Site.Api;

/// <summary>
/// Answers what a program did wrong, or what this machine cannot do now, with the sentence of the exception, as problem details. What has no sentence is a
/// defect of ours, which the log tells and the answer does not.
/// </summary>
internal sealed partial class Sentences(ILogger<Sentences> log) : IExceptionHandler
{
    public const string Unexpected = "Something unexpected happened; the server's log says what.";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        Exception fault = RegistryFault.Of(exception) ?? exception;
        if ((fault is BadHttpRequestException bad ? bad.StatusCode : Faults.HttpStatus(fault)) is not { } code) return false;
        string sentence = fault is BadHttpRequestException ? Sentence(fault.Message) : Faults.Sentence(fault);
        if (code >= StatusCodes.Status500InternalServerError) LogFault(exception, sentence);
        await ProblemAnswer.WriteAsync(httpContext, code, sentence);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request could not be answered: {Sentence}")]
    private partial void LogFault(Exception fault, string sentence);

    /// <summary>What the framework says of a query that it cannot read, in words of whoever wrote it; other sentences as they are.</summary>
    private static string Sentence(string said) => Unread().Match(said) is { Success: true } unread
        ? $"The query gives {unread.Groups["name"].Value} as '{unread.Groups["value"].Value}', which cannot be read as what is expected there; "
            + "/openapi/v1.json says what is."
        : said;

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from \"(?<value>.*)\"\\.$", RegexOptions.Singleline)]
    private static partial Regex Unread();
}
