using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Das.Training.Hub;

namespace Das.Tests.Hub;

/// <summary>A hub and the host it sends its large files from, in this process, each on a port of its own; what they are asked is remembered.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private WebApplication hub = null!, store = null!;

    /// <summary>A request: <c>hub</c> or <c>store</c>, method and path, the range that was asked for, and whoever asked.</summary>
    public sealed record Asked(string Host, string Request, string Range, string Token);

    /// <summary>Repository → its files.</summary>
    public Dictionary<string, Dictionary<string, byte[]>> Models { get; } = [];

    /// <summary>Former name of a repository → its name.</summary>
    public Dictionary<string, string> Renamed { get; } = [];

    public ConcurrentQueue<Asked> Requests { get; } = [];

    /// <summary>Answers in place of the server; false leaves it to the server.</summary>
    public Func<string, HttpContext, Task<bool>> Instead { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>So many bytes are sent of a large file before the connection is cut; taken one after the other, then none is cut.</summary>
    public ConcurrentQueue<int> Cuts { get; } = [];

    public bool IgnoresRanges { get; set; }

    public string Endpoint => hub.Urls.Single();

    public static async Task<HubServer> StartAsync(string repository = "org/model", params IEnumerable<(string Name, byte[] Content)> files)
    {
        HubServer server = new();
        server.Models[repository] = files.ToDictionary(file => file.Name, file => file.Content);
        (server.hub, server.store) = (await Host("hub", server.HubAsync), await Host("store", server.StoreAsync));
        return server;

        async Task<WebApplication> Host(string name, Func<HttpContext, Task> answer)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            WebApplication app = builder.Build();
            app.Run(async context =>
            {
                HttpRequest request = context.Request;
                server.Requests.Enqueue(new(name, $"{request.Method} {request.Path}", $"{request.Headers.Range}", $"{request.Headers.Authorization}"));
                if (!await server.Instead(name, context)) await answer(context);
            });
            await app.StartAsync();
            return app;
        }
    }

    /// <summary>A folder as a repository's files.</summary>
    public static IEnumerable<(string Name, byte[] Content)> Folder(string path) =>
        Directory.EnumerateFiles(path).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)));

    public HubSettings Settings(string cache) =>
        new(new Uri(Endpoint), cache) { Pause = TimeSpan.FromMilliseconds(2), Silence = TimeSpan.FromSeconds(5), Token = "hf_secret" };

    /// <summary>How often a file's bytes were asked for.</summary>
    public int Downloads(string file) => Requests.Count(asked => asked.Request.StartsWith("GET", StringComparison.Ordinal)
        && asked.Request.EndsWith(file, StringComparison.Ordinal) && asked.Host == (IsLarge(file) ? "store" : "hub"));

    /// <summary>What the hub calls a file's content: git's name of it, or SHA-256 where it is large.</summary>
    public static string Digest(string file, byte[] content) => IsLarge(file) ? Convert.ToHexStringLower(SHA256.HashData(content))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    public static Task RefuseAsync(HttpContext context, int status, string code = "", string message = "")
    {
        context.Response.StatusCode = status;
        if (code.Length > 0) context.Response.Headers["X-Error-Code"] = code;
        if (message.Length > 0) context.Response.Headers["X-Error-Message"] = message;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        await store.DisposeAsync();
    }

    private static bool IsLarge(string file) => Path.GetExtension(file) is ".safetensors" or ".bin" or ".gguf";

    private Task HubAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.Trim('/');
        foreach ((string former, string now) in Renamed)
            if (path.Contains($"{former}/", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = "/" + path.Replace(former, now, StringComparison.Ordinal);
                return Task.CompletedTask;
            }
        string[] parts = path.StartsWith("api/models/", StringComparison.Ordinal) ? path["api/models/".Length..].Split("/revision/")
            : path.Split("/resolve/");
        if (parts.Length < 2 || !Models.TryGetValue(parts[0], out Dictionary<string, byte[]>? files)) return RefuseAsync(context, 404, "RepoNotFound");
        string revision = parts[1].Split('/')[0], file = parts[1][revision.Length..].TrimStart('/');
        if (revision is not ("main" or Commit)) return RefuseAsync(context, 404, "RevisionNotFound");
        if (file.Length == 0) return context.Response.WriteAsJsonAsync(new
        {
            id = parts[0], sha = Commit, siblings = files.Select(one => new { rfilename = one.Key, size = one.Value.Length }),
        });
        if (!files.TryGetValue(file, out byte[]? content)) return RefuseAsync(context, 404, "EntryNotFound");
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!IsLarge(file)) return SendAsync(context, content, $"\"{Digest(file, content)}\"");
        context.Response.Headers["X-Linked-Etag"] = $"\"{Digest(file, content)}\"";
        context.Response.Headers["X-Linked-Size"] = $"{content.Length}";
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = $"{store.Urls.Single()}/{parts[0]}/{file}";
        return Task.CompletedTask;
    }

    private Task StoreAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.Trim('/');
        string repository = Models.Keys.Single(name => path.StartsWith(name + "/", StringComparison.Ordinal));
        return SendAsync(context, Models[repository][path[(repository.Length + 1)..]], null);
    }

    private async Task SendAsync(HttpContext context, byte[] content, string? tag)
    {
        if (tag is not null) context.Response.Headers.ETag = tag;
        int from = 0;
        if (!IgnoresRanges && context.Request.Headers.Range is [{ } range])
        {
            from = int.Parse(Regex.Match(range, @"^bytes=(\d+)-$").Groups[1].Value, CultureInfo.InvariantCulture);
            context.Response.StatusCode = from < content.Length ? 206 : 416;
            if (from >= content.Length) return;
            context.Response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }
        context.Response.ContentLength = content.Length - from;
        if (context.Request.Method == "HEAD") return;
        if (tag is null && Cuts.TryDequeue(out int cut))
        {
            // Fewer bytes than were said to come: the connection is closed behind them.
            await context.Response.Body.WriteAsync(content.AsMemory(from, Math.Min(cut, content.Length - from)));
            return;
        }
        await context.Response.Body.WriteAsync(content.AsMemory(from));
    }
}
