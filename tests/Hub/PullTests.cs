using Das.Training.Hub;

namespace Das.Tests.Hub;

/// <summary>What comes from a hub into the cache, and how.</summary>
public sealed class PullTests : FolderTest
{
    private static readonly HubName named = HubName.Parse("hf:org/model");
    private static readonly byte[] weights = Bytes(3_000_000, 1), config = "{\"model_type\": \"llama\"}"u8.ToArray();

    private string Cache => folder["hub"];

    private string Repository => Path.Combine(Cache, "models--org--model");

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static Task<HubServer> Model(params (string Name, byte[] Content)[] more) =>
        HubServer.StartAsync("org/model", [("config.json", config), ("model.safetensors", weights), .. more]);

    private async Task<string> Pull(HubServer server, HubName? name = null, Action<long, long, string>? report = null,
        Func<HubSettings, HubSettings>? change = null)
    {
        HubSettings settings = server.Settings(Cache);
        using ModelHub hub = new(change?.Invoke(settings) ?? settings);
        return (await hub.PullAsync(name ?? named, report ?? ((_, _, _) => { }), Token)).Path;
    }

    private static async Task<string> Interrupted(Func<Task> pull)
    {
        DasException interrupted = await Assert.ThrowsAnyAsync<DasException>(pull);
        Assert.Equal(ErrorKind.Machine, interrupted.Kind);
        return interrupted.Message;
    }

    [Fact]
    public async Task A_model_lies_in_the_cache_as_Hugging_Faces_libraries_lay_it()
    {
        await using HubServer server = await Model(("tokenizer.json", [1, 2]), ("README.md", [3]), ("pytorch_model.bin", [4]), ("onnx/model.onnx", [5]));
        List<(long Done, long Total)> seen = [];
        string path = await Pull(server, report: (done, total, _) => seen.Add((done, total)));

        Assert.Equal(Path.Combine(Repository, "snapshots", HubServer.Commit), path);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(path, "model.safetensors")));
        Assert.Equal(HubServer.Commit, File.ReadAllText(Path.Combine(Repository, "refs", "main")));
        foreach ((string file, byte[] content) in server.Models["org/model"].Where(file => File.Exists(Path.Combine(path, file.Key))))
        {
            string blob = HubServer.Digest(file, content);
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(Repository, "blobs", blob)));
            Assert.Equal($"../../blobs/{blob}", new FileInfo(Path.Combine(path, file)).LinkTarget);
        }
        Assert.True(File.Exists(Path.Combine(Repository, ".no_exist", HubServer.Commit, "generation_config.json")));
        Assert.Empty(Directory.GetFiles(Path.Combine(Repository, "blobs"), "*.incomplete"));
        Assert.Equal((weights.Length + config.Length + 2L, weights.Length + config.Length + 2L), seen[^1]);
        Assert.Equal(seen.Select(one => one.Done).Order(), seen.Select(one => one.Done));
    }

    [Fact]
    public async Task What_is_here_is_not_asked_for_again()
    {
        await using HubServer server = await Model();
        string path = await Pull(server);
        server.Requests.Clear();
        Assert.Equal(path, await Pull(server, named.At(HubServer.Commit)));
        Assert.Empty(server.Requests);
        Assert.Equal(path, await Pull(server)); // what main is now is asked, no file
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_token_is_shown_to_the_hub_and_to_nobody_it_redirects_to()
    {
        await using HubServer server = await Model();
        await Pull(server);
        Assert.Equal(["", "Bearer hf_secret"], server.Requests.Select(asked => (asked.Host, asked.Token)).Distinct().OrderBy(asked => asked.Token)
            .Select(asked => asked.Token));
        Assert.All(server.Requests, asked => Assert.Equal(asked.Host == "store" ? "" : "Bearer hf_secret", asked.Token));
    }

    [Fact]
    public async Task What_was_cut_off_goes_on_where_it_stopped_in_the_same_pull_and_in_the_next()
    {
        await using HubServer server = await Model();
        foreach (int cut in new[] { 1000, 500_000 }) server.Cuts.Enqueue(cut);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(await Pull(server), "model.safetensors")));
        long[] starts = [.. server.Requests.Where(asked => asked.Host == "store")
            .Select(asked => asked.Range.Length == 0 ? 0 : long.Parse(asked.Range["bytes=".Length..^1], CultureInfo.InvariantCulture))];
        Assert.Equal([0, 1000, 501_000], starts);

        Directory.Delete(Cache, recursive: true);
        server.Requests.Clear();
        for (int i = 0; i < 3; i++) server.Cuts.Enqueue(100_000);
        await Interrupted(() => Pull(server, change: settings => settings with { Retries = 2 }));
        string left = Assert.Single(Directory.GetFiles(Path.Combine(Repository, "blobs"), "*.incomplete"));
        Assert.Equal(300_000, new FileInfo(left).Length);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(await Pull(server), "model.safetensors")));
        Assert.Equal("bytes=300000-", server.Requests.Last(asked => asked.Host == "store").Range);
    }

    [Fact]
    public async Task A_large_file_that_grows_with_every_attempt_is_gone_on_with_however_often_it_is_cut_off()
    {
        byte[] large = Bytes(9 << 20, 2);
        await using HubServer server = await HubServer.StartAsync("org/model", [("config.json", config), ("model.safetensors", large)]);
        for (int i = 0; i < 7; i++) server.Cuts.Enqueue((1 << 20) + 1);
        Assert.Equal(large, File.ReadAllBytes(Path.Combine(await Pull(server, change: settings => settings with { Retries = 1 }), "model.safetensors")));
    }

    [Fact]
    public async Task A_hub_that_ignores_ranges_is_read_from_the_beginning_again()
    {
        await using HubServer server = await Model();
        server.IgnoresRanges = true;
        server.Cuts.Enqueue(1_000_000);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(await Pull(server), "model.safetensors")));
        Assert.Equal(2, server.Downloads("model.safetensors"));
    }

    [Theory]
    [InlineData(10)] // of another file
    [InlineData(3_000_000)] // of another file, as long as this one
    [InlineData(4_000_000)] // longer
    public async Task A_beginning_that_is_of_another_file_is_downloaded_from_its_beginning(int length)
    {
        await using HubServer server = await Model();
        folder.Write($"hub/models--org--model/blobs/{HubServer.Digest("model.safetensors", weights)}.incomplete", Bytes(length, 9));
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(await Pull(server), "model.safetensors")));
    }

    [Fact]
    public async Task A_hub_that_fails_or_asks_to_wait_is_asked_again_a_bounded_number_of_times()
    {
        await using HubServer server = await Model();
        int failures = 0;
        server.Instead = (host, context) =>
        {
            if (host != "store" || failures >= 3) return Task.FromResult(false);
            failures++;
            context.Response.StatusCode = failures == 2 ? 429 : 503;
            if (failures == 2) context.Response.Headers.RetryAfter = "1";
            return Task.FromResult(true);
        };
        long before = Stopwatch.GetTimestamp();
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(await Pull(server), "model.safetensors")));
        Assert.InRange(Stopwatch.GetElapsedTime(before), TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(20));

        failures = 0;
        server.Instead = async (_, context) =>
        {
            failures++;
            await HubServer.RefuseAsync(context, 500);
            return true;
        };
        Assert.Contains("answers 500", await Interrupted(() => Pull(server)));
        Assert.Equal(5, failures);
    }

    [Fact]
    public async Task A_hub_that_falls_silent_is_cut_off_and_asked_again()
    {
        await using HubServer server = await Model();
        bool silent = true;
        server.Instead = async (host, context) =>
        {
            if (host != "store" || !silent) return false;
            silent = false;
            context.Response.ContentLength = weights.Length;
            await context.Response.Body.WriteAsync(weights.AsMemory(0, 100));
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(5), context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        string path = await Pull(server, change: settings => settings with { Silence = TimeSpan.FromSeconds(1) });
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(path, "model.safetensors")));
    }

    [Fact]
    public async Task Two_that_want_a_file_at_once_download_it_once()
    {
        await using HubServer server = await Model();
        ConcurrentQueue<string> notes = [];
        server.Instead = async (host, _) =>
        {
            if (host == "store") await Task.Delay(700);
            return false;
        };
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Pull(server, report: (_, _, note) => notes.Enqueue(note)))));
        Assert.Single(paths.Distinct());
        Assert.Equal(1, server.Downloads("model.safetensors"));
        Assert.Contains(notes, note => note.Contains("waiting for another process"));
    }

    [Fact]
    public async Task A_repository_that_was_renamed_is_followed_and_kept_under_the_name_that_was_asked_for()
    {
        await using HubServer server = await HubServer.StartAsync("new/name", [("config.json", config), ("model.safetensors", weights)]);
        server.Renamed["org/model"] = "new/name";
        Assert.StartsWith(Repository, await Pull(server));
    }

    [Fact]
    public async Task One_file_of_a_repository_is_brought_alone_and_a_repository_of_such_files_says_which_there_are()
    {
        await using HubServer server = await HubServer.StartAsync("org/model", [("a-q4.gguf", weights), ("sub/b-q8.gguf", [1]), ("config.json", config)]);
        HubName file = named with { File = "a-q4.gguf" };
        string path = await Pull(server, file);
        Assert.Equal(weights, File.ReadAllBytes(path));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!, "*", SearchOption.AllDirectories)));
        Assert.Equal([1], File.ReadAllBytes(await Pull(server, named with { File = "sub/b-q8.gguf" })));
        string said = (await Refuses.OfAsync(ErrorKind.Recipe, () => Pull(server))).Message;
        Assert.Contains("hf:org/model@main:FILE", said);
        Assert.Contains("a-q4.gguf, sub/b-q8.gguf", said);
        Assert.Contains("It has a-q4.gguf", (await Refuses.OfAsync(ErrorKind.Recipe, () => Pull(server, named with { File = "c.gguf" }))).Message);
    }

    [Fact]
    public async Task Weights_in_parts_come_with_their_index_and_older_weights_only_where_there_are_no_others()
    {
        static (string, byte[])[] Parts(string stem, string end) =>
            [($"{stem}{end}.index.json", [1]), ($"{stem}-00001-of-00002{end}", [2]), ($"{stem}-00002-of-00002{end}", [3])];
        (string, byte[])[] older = Parts("pytorch_model", ".bin"), parts = Parts("model", ".safetensors");
        await using HubServer both = await HubServer.StartAsync("org/model", [.. older, .. parts]);
        Assert.Equal(parts.Select(part => part.Item1).Order(), Directory.GetFiles(await Pull(both)).Select(file => Path.GetFileName(file)).Order());

        Directory.Delete(Cache, recursive: true);
        await using HubServer alone = await HubServer.StartAsync("org/model", older);
        string path = await Pull(alone);
        Assert.Equal(older.Select(part => part.Item1).Order(), Directory.GetFiles(path).Select(file => Path.GetFileName(file)).Order());
        using ModelHub hub = new(alone.Settings(Cache));
        Assert.Equal(path, hub.Find(named.At(HubServer.Commit)));
        File.Delete(Path.Combine(path, "pytorch_model-00002-of-00002.bin"));
        Assert.Null(hub.Find(named.At(HubServer.Commit)));
    }

    [Fact]
    public async Task What_a_library_of_Hugging_Faces_has_downloaded_is_found()
    {
        await using HubServer server = await Model(("tokenizer.json", [1, 2]));
        string commit = $"hub/models--org--model/snapshots/{HubServer.Commit}/";
        folder.Write(commit + "config.json", config);
        folder.Write(commit + "model.safetensors", weights);
        Assert.Equal(folder[commit.TrimEnd('/')], await Pull(server)); // the tokenizer was not there
        Assert.Equal(0, server.Downloads("model.safetensors"));
        Assert.Equal(1, server.Downloads("tokenizer.json"));
    }

    [Fact]
    public async Task Offline_only_the_cache_is_asked_and_what_is_missing_is_named()
    {
        await using HubServer server = await Model();
        Task<string> Offline(HubName name) => Pull(server, name, change: settings => settings with { Offline = true });
        Assert.Contains("does not know what 'main' of 'org/model' is", (await Refuses.OfAsync(ErrorKind.Checkpoint, () => Offline(named))).Message);
        string path = await Pull(server);
        server.Requests.Clear();
        Assert.Equal(path, await Offline(named));
        Assert.Equal(path, await Offline(named.At(HubServer.Commit)));
        File.Delete(Path.Combine(path, "model.safetensors"));
        string said = (await Refuses.OfAsync(ErrorKind.Checkpoint, () => Offline(named))).Message;
        Assert.Contains("missing: model.safetensors. HF_HUB_OFFLINE is set", said);
        Assert.Empty(server.Requests);
    }
}
