using Das.Training.Hub;
using Microsoft.AspNetCore.Http;

namespace Das.Tests.Hub;

/// <summary>What a hub refuses, and what is refused of a hub; nothing of it gets a name in the cache.</summary>
public sealed class RefusedHubTests : FolderTest
{
    private const string Api = "/api/models/org/model/revision/main";
    private static readonly byte[] weights = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i))];

    private async Task<string> Refused(ErrorKind kind, Func<string, HttpContext, Task<bool>> instead, string name = "hf:org/model", string? token = "hf_secret")
    {
        await using HubServer server = await HubServer.StartAsync("org/model", [("config.json", [1]), ("model.safetensors", weights)]);
        server.Instead = instead;
        using ModelHub hub = new(server.Settings(folder["hub"]) with { Token = token, Retries = 2, Silence = TimeSpan.FromSeconds(2) });
        DasException refused = await Assert.ThrowsAnyAsync<DasException>(() => hub.PullAsync(HubName.Parse(name), (_, _, _) => { }, Token));
        Assert.Equal(kind, refused.Kind);
        Assert.DoesNotContain("hf_secret", refused.Message);
        Assert.EndsWith(".", refused.Message);
        string snapshot = folder[$"hub/models--org--model/snapshots/{HubServer.Commit}/model.safetensors"];
        Assert.False(File.Exists(snapshot));
        return refused.Message;
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    [Theory]
    [InlineData(403, "GatedRepo", "", "is a gated model", ErrorKind.Checkpoint)]
    [InlineData(401, "GatedRepo", "", "is a gated model", ErrorKind.Checkpoint)]
    [InlineData(401, "", "", "has no model 'org/model', or does not show it", ErrorKind.Recipe)]
    [InlineData(404, "RepoNotFound", "", "has no model 'org/model', or does not show it", ErrorKind.Recipe)]
    [InlineData(404, "RevisionNotFound", "", "has no revision 'main'", ErrorKind.Recipe)]
    [InlineData(403, "DisabledRepo", "", "was disabled", ErrorKind.Checkpoint)]
    [InlineData(401, "", "Invalid credentials in Authorization header", "does not accept the token in HF_TOKEN", ErrorKind.Machine)]
    [InlineData(418, "", "a teapot", "answers 418 for hf:org/model: a teapot", ErrorKind.Machine)]
    public async Task What_the_hub_refuses_is_explained_with_what_to_do(int status, string code, string message, string sentence, ErrorKind kind) =>
        Assert.Contains(sentence, await Refused(kind, (_, context) => Done(HubServer.RefuseAsync(context, status, code, message))));

    [Fact]
    public async Task Who_gives_no_token_for_a_gated_model_is_told_so_and_where_its_conditions_are()
    {
        string said = await Refused(ErrorKind.Checkpoint, (_, context) => Done(HubServer.RefuseAsync(context, 401, "GatedRepo")), token: null);
        Assert.Contains("no token is given", said);
        Assert.Matches("http://127.0.0.1:[0-9]+/org/model;", said);
    }

    [Theory]
    [InlineData("hf:org/none", "has no model 'org/none'")]
    [InlineData("hf:org/model@v2", "'org/model' has no revision 'v2'")]
    [InlineData("hf:org/model:none.gguf", "'org/model' has no file 'none.gguf'")]
    public async Task What_is_not_there_is_named(string name, string sentence) =>
        Assert.Contains(sentence, await Refused(ErrorKind.Recipe, (_, _) => Task.FromResult(false), name));

    [Theory]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "../../../evil"}]}""", "leads elsewhere")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "/etc/passwd"}]}""", "leads elsewhere")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "a\\..\\b"}]}""", "leads elsewhere")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{}]}""", "a file without a name")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567"}""", "lists no files")]
    [InlineData("""{"sha": "../../main", "siblings": []}""", "names no commit")]
    [InlineData("""{"siblings": []}""", "names no commit")]
    [InlineData("[]", "no JSON object")]
    [InlineData("<html>", "no JSON object")]
    public async Task A_list_of_files_that_is_none_or_leads_elsewhere_is_refused(string json, string sentence) =>
        Assert.Contains(sentence, await Refused(ErrorKind.Checkpoint, async (_, context) =>
        {
            await context.Response.WriteAsync(json);
            return true;
        }));

    [Fact]
    public async Task A_list_without_end_is_refused() =>
        Assert.Contains("more than 32 MB", await Refused(ErrorKind.Checkpoint, async (_, context) =>
        {
            byte[] spaces = new byte[1 << 20];
            spaces.AsSpan().Fill((byte)' ');
            try
            {
                for (int i = 0; i < 1000; i++) await context.Response.Body.WriteAsync(spaces, context.RequestAborted);
            }
            catch (OperationCanceledException) { }
            return true;
        }));

    [Theory]
    [InlineData("loop", ErrorKind.Machine, "redirects more than 8 times")]
    [InlineData("file:///etc/passwd", ErrorKind.Machine, "where nothing is fetched from")]
    [InlineData("gopher://127.0.0.1/", ErrorKind.Machine, "where nothing is fetched from")]
    public async Task A_redirect_that_ends_nowhere_or_leads_to_no_web_address_is_refused(string location, ErrorKind kind, string sentence) =>
        Assert.Contains(sentence, await Refused(kind, (_, context) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location == "loop" ? context.Request.Path.Value + "x" : location;
            return Task.FromResult(true);
        }));

    [Fact]
    public async Task Bytes_that_are_not_those_of_the_digest_are_refused() =>
        Assert.Contains("whose digest is", await Refused(ErrorKind.Checkpoint, async (host, context) =>
        {
            if (host != "store") return false;
            context.Response.ContentLength = weights.Length;
            await context.Response.Body.WriteAsync(new byte[weights.Length]);
            return true;
        }));

    [Theory]
    [InlineData(4000, "gives 4000 bytes, and says that it has 5000")]
    [InlineData(6000, "gives 6000 bytes, and says that it has 5000")]
    [InlineData(null, "gives more bytes than the 5000")]
    public async Task A_body_of_another_length_is_refused_one_without_end_too(int? length, string sentence) =>
        Assert.Contains(sentence, await Refused(ErrorKind.Checkpoint, async (host, context) =>
        {
            if (host != "store") return false;
            context.Response.ContentLength = length;
            try
            {
                for (int sent = 0; sent < (length ?? int.MaxValue); sent += 1000)
                    await context.Response.Body.WriteAsync(new byte[1000], context.RequestAborted);
            }
            catch (OperationCanceledException) { }
            return true;
        }));

    [Fact]
    public async Task Another_part_than_the_one_asked_for_is_refused()
    {
        folder.Write($"hub/models--org--model/blobs/{HubServer.Digest("model.safetensors", weights)}.incomplete", weights[..1000]);
        Assert.Contains("another part of it than bytes 1000", await Refused(ErrorKind.Checkpoint, (host, context) =>
        {
            if (host != "store") return Task.FromResult(false);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = "bytes 0-4999/5000";
            return Task.FromResult(true);
        }));
    }

    [Theory]
    [InlineData("X-Linked-Etag", "\"../../../evil\"", ErrorKind.Checkpoint, "says no digest")]
    [InlineData("X-Linked-Etag", "\"0123\"", ErrorKind.Checkpoint, "says no digest")]
    [InlineData("X-Linked-Size", "-1", ErrorKind.Checkpoint, "does not say how long")]
    [InlineData("X-Linked-Size", "1e99", ErrorKind.Checkpoint, "does not say how long")]
    [InlineData("X-Repo-Commit", "ffffffffffffffffffffffffffffffffffffffff", ErrorKind.Checkpoint, "answers with another commit")]
    [InlineData("X-Linked-Size", "900000000000000000", ErrorKind.DiskFull, "set HF_HUB_CACHE to a folder on another disk")]
    public async Task What_the_hub_says_of_a_file_must_be_fit_to_check_it_by_and_fit_on_the_disk(string header, string value, ErrorKind kind,
        string sentence) =>
        Assert.Contains(sentence, await Refused(kind, (host, context) =>
        {
            if (context.Request.Method != "HEAD") return Task.FromResult(false);
            Dictionary<string, string> said = new()
            {
                ["X-Repo-Commit"] = HubServer.Commit, ["X-Linked-Etag"] = $"\"{HubServer.Digest("model.safetensors", weights)}\"",
                ["X-Linked-Size"] = $"{weights.Length}", ["Location"] = "http://127.0.0.1:1/", [header] = value,
            };
            context.Response.StatusCode = 302;
            foreach ((string name, string text) in said) context.Response.Headers[name] = text;
            return Task.FromResult(true);
        }));

    [Fact]
    public async Task A_hub_that_cannot_be_reached_is_named_with_what_else_there_is()
    {
        using ModelHub hub = new(new(new Uri("http://127.0.0.1:1"), folder["hub"]) { Retries = 1, Pause = TimeSpan.FromMilliseconds(1) });
        DasException refused = await Assert.ThrowsAnyAsync<DasException>(() => hub.ExactAsync(HubName.Parse("hf:org/model"), Token));
        Assert.StartsWith("127.0.0.1 cannot be reached", refused.Message);
        Assert.Contains("HF_HUB_OFFLINE=1", refused.Message);
    }
}
