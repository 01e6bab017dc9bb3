namespace Das.Training.Hub;

/// <summary>Which hub is asked, as whom, and where what it gives is kept: by the environment variables of Hugging Face's libraries.</summary>
/// <param name="Endpoint">The hub's address, without a slash at its end: <c>HF_ENDPOINT</c>.</param>
/// <param name="Cache">The folder that is shared with Hugging Face's libraries: <c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>.</param>
public sealed record HubSettings(Uri Endpoint, string Cache)
{
    private const string Hub = "https://huggingface.co";

    /// <summary>Whom the hub answers; null for nobody: <c>HF_TOKEN</c>, else what <c>hf auth login</c> has left in <c>HF_HOME</c>.</summary>
    public string? Token { get; init; }

    /// <summary>Only the cache is asked: <c>HF_HUB_OFFLINE=1</c>.</summary>
    public bool Offline { get; init; }

    /// <summary>How often in a row a request is repeated that came to nothing.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>What is waited before the first repetition; each further one waits twice as long, unless the hub says how long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A hub that says nothing for so long has been cut off.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <exception cref="DasException">A variable cannot be used.</exception>
    public static HubSettings FromEnvironment()
    {
        string home = Variable("HF_HOME") is { } given ? Expanded(given)
            : Path.Combine(Variable("XDG_CACHE_HOME") is { } caches ? Expanded(caches) : Expanded("~/.cache"), "huggingface");
        string endpoint = (Variable("HF_ENDPOINT") ?? Hub).TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            throw new DasException(ErrorKind.Usage, $"HF_ENDPOINT is '{endpoint}', which is no address of a hub: set it to one like {Hub}, or unset it.");
        return new(address, Expanded(Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")))
        {
            Token = TokenOf(Variable("HF_TOKEN") ?? Variable("HUGGING_FACE_HUB_TOKEN")
                ?? Stored(Expanded(Variable("HF_TOKEN_PATH") ?? Path.Combine(home, "token")))),
            Offline = (Variable("HF_HUB_OFFLINE") ?? Variable("TRANSFORMERS_OFFLINE"))?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string? Stored(string file)
    {
        try { return File.Exists(file) ? File.ReadAllText(file) : null; }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Machine, $"The hub's token in {file} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <exception cref="DasException">It cannot be sent.</exception>
    private static string? TokenOf(string? text)
    {
        string token = text?.Trim() ?? "";
        return token.Length == 0 ? null : token.All(letter => letter is > ' ' and < '\x7f') ? token
            : throw new DasException(ErrorKind.Usage, "The hub's token holds white space or other characters that no token has: copy it again, into HF_TOKEN.");
    }

    /// <summary>A path in which <c>~</c> may stand for the person's folder.</summary>
    private static string Expanded(string path) => Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..].TrimStart('/')) : path);
}
