namespace Das.Tests.Pipeline;

/// <summary>The built program as a process of its own, and what it leaves in its home.</summary>
internal static partial class DasProcess
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "das.exe" : "das");

    /// <summary><c>das run</c> of the tiny recipe.</summary>
    public static string[] TinyRun =>
        ["run", Repository.PathOf("recipes/vilt/shapes.json"), "--json", .. TinyShapes.Sets.SelectMany(set => new[] { "--set", set })];

    /// <summary><c>das serve</c> on a port that the system chooses.</summary>
    public static string[] Serving => ["serve", "--urls", "http://127.0.0.1:0"];

    public static Process Start(string home, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        ProcessStartInfo start = new(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            WorkingDirectory = Repository.Root };
        start.Environment["DAS_HOME"] = home;
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Task<(int ExitCode, string Output)> RunAsync(string home, params IEnumerable<string> arguments) => EndAsync(Start(home, arguments));

    /// <summary>Reads what a serving process prints, and waits until it listens.</summary>
    /// <returns>Where.</returns>
    public static Task<Uri> ListeningAsync(Process serving)
    {
        TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        serving.OutputDataReceived += (_, line) =>
        {
            if (Listening().Match(line.Data ?? "") is { Success: true } found) listening.TrySetResult(new(found.Groups[1].Value));
            else if (line.Data is null) listening.TrySetException(new InvalidOperationException("das serve ended without having listened."));
        };
        serving.BeginOutputReadLine();
        serving.BeginErrorReadLine();
        return listening.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
    }

    /// <summary>Waits for the end and gives the exit code with all that was printed.</summary>
    public static async Task<(int ExitCode, string Output)> EndAsync(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync(Token);
            return (process.ExitCode, await output + await error);
        }
    }

    /// <summary>Ends processes that would not end by themselves.</summary>
    public static void Kill(IEnumerable<Process> processes)
    {
        foreach (Process process in processes)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds or the process has ended.</summary>
    public static async Task UntilAsync(Process process, Func<bool> condition)
    {
        while (!process.HasExited && !condition()) await Task.Delay(5, Token);
    }

    /// <summary>The files that the stages' results name, by their path below the home, and nothing that only serves resuming.</summary>
    public static string[] Results(string home) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(home, "artifacts"), "result.json", SearchOption.AllDirectories)
            .SelectMany(result => JsonNode.Parse(File.ReadAllBytes(result))!["files"]!.AsObject()
                .Select(file => Path.Combine("artifacts", file.Value!["uri"]!.GetValue<string>())))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Both homes hold the same results with the same bytes; reports may differ in their timing.</summary>
    public static void AssertSameResults(string one, string other)
    {
        Assert.Equal(Results(one), Results(other));
        foreach (string file in Results(one)) Assert.True(Untimed(Path.Combine(one, file)).AsSpan().SequenceEqual(Untimed(Path.Combine(other, file))), file);
    }

    [GeneratedRegex(@"listening on: (http://\S+)")]
    private static partial Regex Listening();

    private static byte[] Untimed(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (Path.GetFileName(path) != "report.json") return bytes;
        JsonObject report = JsonNode.Parse(bytes)!.AsObject();
        report.Remove("timing");
        return Encoding.UTF8.GetBytes(report.ToJsonString());
    }
}
