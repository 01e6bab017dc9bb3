using System.Diagnostics.CodeAnalysis;

namespace Das.Site.Api;

/// <summary>What a run is started with.</summary>
public sealed record StartRunRequest
{
    /// <summary>A name from <c>/api/recipes</c>, or a whole recipe.</summary>
    public required JsonNode Recipe { get; init; }

    /// <summary>Values put over the recipe's: <c>search.skip=2</c>.</summary>
    public string[] Sets { get; init; } = [];

    /// <summary>What lists call the run; the recipe's name by default.</summary>
    public string? Name { get; init; }

    /// <summary>Compute every stage anew.</summary>
    public bool Fresh { get; init; }

    /// <summary>Words to find it by.</summary>
    public string[] Tags { get; init; } = [];

    internal bool Named([NotNullWhen(true)] out string? name)
    {
        name = Recipe is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        return name is not null;
    }

    internal IEnumerable<Flaw> Flaws()
    {
        if (!Named(out _) && Recipe is not JsonObject) yield return new("recipe", "must be a name from /api/recipes or a whole recipe");
    }
}

/// <summary>Whether a repeated run computes every stage anew.</summary>
public sealed record RunAgainRequest(bool Fresh = false);

/// <summary>The words that a run then has.</summary>
public sealed record TagsRequest
{
    public required string[] Tags { get; init; }
}

/// <summary>The text that a run's notes then are.</summary>
public sealed record NotesRequest
{
    public required string Notes { get; init; }
}

/// <summary>Reads requests as strictly as recipes, with sentences for what is wrong.</summary>
internal static class ApiBody
{
    private const int Longest = 1 << 20;

    /// <param name="http">The request.</param>
    /// <param name="flaws">What is wrong with its values.</param>
    /// <param name="longest">Bytes that it may have.</param>
    /// <exception cref="DasException">Not JSON, an unknown or missing key, a wrong type or a flaw.</exception>
    /// <exception cref="BadHttpRequestException">It is too long or not sent as JSON.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest http, Func<T, IEnumerable<Flaw>>? flaws = null, int longest = Longest)
    {
        if (http.ContentLength > 0 && !http.HasJsonContentType())
            throw new BadHttpRequestException("Send JSON, with the header Content-Type: application/json.", StatusCodes.Status415UnsupportedMediaType);
        if (http.ContentLength > longest) throw TooLong(longest);
        byte[] body = new byte[(http.ContentLength ?? longest) + 1];
        int length = await http.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, http.HttpContext.RequestAborted);
        if (length > longest) throw TooLong(longest);
        return StrictJson.Read(length == 0 ? "{}" : Utf8Text.Of(body[..length], "the request", ErrorKind.Usage), "the request", [], flaws ?? (_ => []));
    }

    private static BadHttpRequestException TooLong(int longest) =>
        new($"A request has at most {longest / 1024} KiB.", StatusCodes.Status413PayloadTooLarge);
}
