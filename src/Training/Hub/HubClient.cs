using System.Net;
using System.Net.Http.Headers;

namespace Das.Training.Hub;

/// <summary>A repository at a commit.</summary>
/// <param name="Sha">The commit.</param>
/// <param name="Files">Paths of its files → their lengths, where the hub says them.</param>
internal sealed record HubCommit(string Sha, IReadOnlyDictionary<string, long?> Files);

/// <summary>A file at a commit.</summary>
/// <param name="Digest">SHA-256 where it has 64 digits, git's SHA-1 of it where it has 40; its name in the cache.</param>
/// <param name="Length">Bytes.</param>
internal sealed record HubFile(string Digest, long Length);

/// <summary>
/// The routes of a hub, each asked once. Redirects are followed here, so that the token is shown to the hub's own address alone, however often and
/// wherever to it redirects.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8, MostBytes = 32 << 20, MostFiles = 100_000;
    private const string Code = "X-Error-Code", Commit = "X-Repo-Commit", LinkedTag = "X-Linked-Etag", LinkedSize = "X-Linked-Size";
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly HubSettings settings;
    private readonly HttpClient http;

    public HubClient(HubSettings settings)
    {
        this.settings = settings;
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ConnectTimeout })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.UserAgent.Add(new("das-pipeline", "1"));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new("identity")); // lengths and digests are those of the file itself
    }

    /// <summary>What a name's revision is now, and what files it has.</summary>
    /// <exception cref="DasException">The hub refuses, or its answer is not to be trusted.</exception>
    /// <exception cref="HubInterrupted">Worth another attempt.</exception>
    public async Task<HubCommit> CommitAsync(HubName name, CancellationToken cancellation)
    {
        Uri asked = At($"api/models/{Escaped(name.Repository)}/revision/{Uri.EscapeDataString(name.Asked)}?blobs=true");
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, asked, null, cancellation);
        Check(answer, name);
        byte[] json = await BodyAsync(answer, cancellation);
        (JsonElement? value, int _, string reason) = JsonText.Parse(json);
        if (value is not { ValueKind: JsonValueKind.Object } model) throw Untrusted(name, $"answers with no JSON object: {reason}");
        if (!model.TryGetProperty("sha", out JsonElement sha) || sha.ValueKind != JsonValueKind.String || !HubName.IsCommit(sha.GetString()!))
            throw Untrusted(name, "names no commit");
        if (name.IsExact && sha.GetString() != name.Revision) throw Untrusted(name, $"answers with another commit, {sha.GetString()}");
        if (!model.TryGetProperty("siblings", out JsonElement siblings) || siblings.ValueKind != JsonValueKind.Array)
            throw Untrusted(name, "lists no files");
        if (siblings.GetArrayLength() > MostFiles) throw Untrusted(name, $"lists {siblings.GetArrayLength()} files, more than {MostFiles}");
        Dictionary<string, long?> files = new(StringComparer.Ordinal);
        foreach (JsonElement file in siblings.EnumerateArray())
        {
            if (file.ValueKind != JsonValueKind.Object || !file.TryGetProperty("rfilename", out JsonElement path) || path.ValueKind != JsonValueKind.String)
                throw Untrusted(name, "lists a file without a name");
            if (path.GetString() is ['/', ..] || path.GetString()!.Split('/', '\\').Contains(".."))
                throw Untrusted(name, $"lists the file '{Shown(path.GetString()!)}', whose name leads elsewhere");
            if (!HubName.IsPath(path.GetString()!)) continue; // none that a model needs
            files[path.GetString()!] = file.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number
                && size.TryGetInt64(out long bytes) && bytes >= 0 ? bytes : null;
        }
        return new(sha.GetString()!, files);
    }

    /// <summary>Digest and length of a file.</summary>
    /// <param name="name">Its repository at a commit.</param>
    /// <param name="file">Its path.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DasException">The hub refuses, or says no digest or length of it.</exception>
    /// <exception cref="HubInterrupted">Worth another attempt.</exception>
    public async Task<HubFile> FileAsync(HubName name, string file, CancellationToken cancellation)
    {
        HubName whole = name with { File = file };
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Head, Content(name, file), null, cancellation);
        if (!IsRedirect(answer)) Check(answer, whole); // a redirect tells all of it already
        if (Header(answer, Commit) is { } commit && commit != name.Revision) throw Untrusted(whole, $"answers with another commit, {Shown(commit)}");
        string digest = (Header(answer, LinkedTag) ?? answer.Headers.ETag?.Tag ?? Header(answer, "ETag") ?? "").Replace("W/", "").Trim('"');
        if (!HubDownload.IsDigest(digest)) throw Untrusted(whole, "says no digest of it, by which it could be checked");
        string? said = Header(answer, LinkedSize);
        long? length = said is null ? answer.Content.Headers.ContentLength
            : long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;
        return new(digest, length ?? throw Untrusted(whole, "does not say how long it is"));
    }

    /// <summary>The bytes of a file from one on.</summary>
    /// <param name="name">Its repository at a commit.</param>
    /// <param name="file">Its path.</param>
    /// <param name="from">The first byte that is asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The hub's answer: 200, 206 or 416.</returns>
    /// <exception cref="DasException">The hub refuses.</exception>
    /// <exception cref="HubInterrupted">Worth another attempt.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HubName name, string file, long from, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, Content(name, file), from, cancellation);
        try
        {
            if (answer.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable || from == 0) Check(answer, name with { File = file });
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Reads on in an answer's body.</summary>
    /// <exception cref="HubInterrupted">It was cut off.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> portion, CancellationToken cancellation)
    {
        using CancellationTokenSource silent = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silent.CancelAfter(settings.Silence);
        try { return await body.ReadAsync(portion, silent.Token); }
        catch (Exception cut) when (IsCut(cut) && !cancellation.IsCancellationRequested) { throw Cut(cut); }
    }

    /// <summary>An answer that nothing may be made of.</summary>
    public DasException Untrusted(HubName name, string what) =>
        new(ErrorKind.Checkpoint, $"{settings.Endpoint.Host} {what} ({name}). It is not to be trusted: look at HF_ENDPOINT, or try again later.");

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long? from, CancellationToken cancellation)
    {
        for (int redirects = 0; ; redirects++)
        {
            if (redirects > MostRedirects)
                throw new DasException(ErrorKind.Machine, $"{settings.Endpoint.Host} redirects more than {MostRedirects} times, the last time to "
                    + $"{address.Host}: look at HF_ENDPOINT.");
            HttpResponseMessage answer = await OnceAsync(method, address, from, cancellation);
            if (!IsRedirect(answer) || (method == HttpMethod.Head && answer.Headers.Contains(LinkedTag) && answer.Headers.Contains(LinkedSize))) return answer;
            using (answer) address = Next(address, answer.Headers.Location!);
        }
    }

    /// <exception cref="DasException">It leads to what is no web address, or from a closed connection to an open one.</exception>
    private Uri Next(Uri from, Uri location)
    {
        if (Uri.TryCreate(from, location, out Uri? next) && (next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp
            && from.Scheme == Uri.UriSchemeHttp))) return next;
        throw new DasException(ErrorKind.Machine, $"{settings.Endpoint.Host} redirects from {from.Scheme}://{from.Host} to '{Shown(location.OriginalString)}', "
            + "where nothing is fetched from: look at HF_ENDPOINT.");
    }

    private async Task<HttpResponseMessage> OnceAsync(HttpMethod method, Uri address, long? from, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        if (settings.Token is { } token && IsHub(address)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using CancellationTokenSource silent = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silent.CancelAfter(settings.Silence);
        try { return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silent.Token); }
        catch (Exception cut) when (IsCut(cut) && !cancellation.IsCancellationRequested) { throw Cut(cut); }
    }

    private async Task<byte[]> BodyAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation);
        using MemoryStream whole = new();
        byte[] portion = new byte[1 << 16];
        for (int read; (read = await ReadAsync(body, portion, cancellation)) > 0;)
        {
            whole.Write(portion, 0, read);
            if (whole.Length > MostBytes)
                throw new DasException(ErrorKind.Checkpoint, $"{settings.Endpoint.Host} answers with more than {MostBytes >> 20} MB where a list of files was "
                    + "expected: look at HF_ENDPOINT.");
        }
        return whole.ToArray();
    }

    /// <exception cref="DasException">The hub refuses.</exception>
    /// <exception cref="HubInterrupted">It asks to be asked later.</exception>
    private void Check(HttpResponseMessage answer, HubName name)
    {
        if (answer.IsSuccessStatusCode) return;
        int status = (int)answer.StatusCode;
        string host = settings.Endpoint.Host, page = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{name.Repository}";
        string said = Header(answer, "X-Error-Message") is { Length: > 0 } message ? $": {Shown(message)}" : "";
        string whose = settings.Token is null ? "no token is given (HF_TOKEN, or hf auth login)" : "the token that is given has none";
        if (status is 408 or 429 or >= 500)
        {
            TimeSpan? wait = answer.Headers.RetryAfter is { } later ? later.Delta ?? later.Date - DateTimeOffset.UtcNow : null;
            throw new HubInterrupted($"{host} answers {status}{said}. Try again later; what has been downloaded is kept.", wait);
        }
        throw Header(answer, Code) switch
        {
            "GatedRepo" => new DasException(ErrorKind.Checkpoint, $"'{name.Repository}' is a gated model, for which its conditions must be accepted at "
                + $"{page}; {whose} access. Accept them, then give a token of that account in HF_TOKEN."),
            "RevisionNotFound" => new DasException(ErrorKind.Recipe, $"'{name.Repository}' has no revision '{name.Asked}': give a branch, a tag or a commit "
                + $"of {page}, or none for main."),
            "EntryNotFound" => new DasException(ErrorKind.Recipe, $"'{name.Repository}' has no file '{name.File}' at {name.Asked}: look at {page}."),
            "DisabledRepo" => new DasException(ErrorKind.Checkpoint, $"'{name.Repository}' was disabled by {host}: look at {page}."),
            _ when status is 401 && said.Contains("Invalid", StringComparison.OrdinalIgnoreCase) => new DasException(ErrorKind.Machine,
                $"{host} does not accept the token in HF_TOKEN{said}: make a new one, or unset it."),
            "RepoNotFound" => Unknown(),
            _ when status is 401 or 404 => Unknown(),
            _ => new DasException(ErrorKind.Machine, $"{host} answers {status} for {name}{said}: look at {page} and at HF_ENDPOINT."),
        };

        DasException Unknown() => new(ErrorKind.Recipe, $"{host} has no model '{name.Repository}', or does not show it: look at its spelling. For a private "
            + $"model a token is needed, and {whose} access.");
    }

    private HubInterrupted Cut(Exception cut) => new($"{settings.Endpoint.Host} cannot be reached, or was cut off: "
        + $"{(cut is OperationCanceledException ? $"nothing came for {settings.Silence.TotalSeconds:0} seconds" : cut.Message.TrimEnd('.'))}. Try again later, "
        + "what has been downloaded is kept; with HF_HUB_OFFLINE=1 only the cache is asked.", inner: cut);

    private static bool IsCut(Exception fault) => fault is HttpRequestException or IOException or OperationCanceledException;

    private static bool IsRedirect(HttpResponseMessage answer) =>
        (int)answer.StatusCode is 301 or 302 or 303 or 307 or 308 && answer.Headers.Location is not null;

    private bool IsHub(Uri address) => Uri.Compare(address, settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped,
        StringComparison.OrdinalIgnoreCase) == 0;

    private Uri Content(HubName name, string file) => At($"{Escaped(name.Repository)}/resolve/{Uri.EscapeDataString(name.Asked)}/{Escaped(file)}");

    private Uri At(string route) => new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{route}");

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static string Shown(string text) => string.Concat(text.Take(200).Select(letter => char.IsControl(letter) ? ' ' : letter));
}
