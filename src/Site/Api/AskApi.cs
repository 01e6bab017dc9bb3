namespace Das.Site.Api;

/// <summary>What a run's finished model is asked.</summary>
public sealed record AskRequest
{
    /// <summary>The question, or the whole prompt where the task's form is plain.</summary>
    public required string Question { get; init; }

    /// <summary>What was said before, by the user and the model in turn, where the model converses.</summary>
    public string[] Earlier { get; init; } = [];

    /// <summary>A picture's file in base64, where the backbone reads pictures; at most 8 MiB before that.</summary>
    public string? Image { get; init; }

    /// <summary>Tokens of the answer at most.</summary>
    public int MaxTokens { get; init; } = RunQuestion.UsualTokens;

    internal IEnumerable<Flaw> Flaws()
    {
        if (Image is not null && !Convert.TryFromBase64String(Image, new byte[Image.Length], out _))
            yield return new("image", "must be the bytes of a picture's file in base64");
    }

    internal RunQuestion ToQuestion() =>
        new(Question) { Earlier = Earlier, Picture = Image is null ? [] : Convert.FromBase64String(Image), MaxTokens = MaxTokens };
}

/// <summary>What the model wrote.</summary>
public sealed record AskAnswer(string Answer);

/// <summary><c>/api/runs/{id}/ask</c>.</summary>
internal static class AskApi
{
    /// <summary>Of the largest picture in base64, and of texts.</summary>
    private const int LongestRequest = 13 << 20;

    public static void MapAskApi(this WebApplication app) =>
        app.MapPost("/api/runs/{id}/ask", AskAsync).WithTags("Runs").Accepts<AskRequest>("application/json").Produces<AskAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithSummary("Asks the run's finished model something, where its backbone writes texts (llama, lavin, llava), and waits for the answer.");

    private static async Task<AskAnswer> AskAsync(string id, HttpRequest http, RunRegistry runs, RunQuestions questions)
    {
        AskRequest request = await ApiBody.ReadAsync<AskRequest>(http, body => body.Flaws(), LongestRequest);
        return new(await questions.AskAsync(await runs.RequireAsync(id), request.ToQuestion(), http.HttpContext.RequestAborted));
    }
}
