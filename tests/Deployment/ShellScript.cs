namespace Das.Tests.Deployment;

/// <summary>A copy of one of the repository's scripts in a folder of its own, run with a PATH of stand-ins.</summary>
internal sealed class ShellScript : IDisposable
{
    private static readonly string[] tools = ["sh", "env", "bash", "dirname", "readlink", "find", "cat", "head", "mkdir", "mktemp", "mv", "rm", "tr", "sed",
        "grep", "sort", "uniq", "id"];
    private readonly string name;

    public ShellScript(string name)
    {
        this.name = name;
        Write(name, File.ReadAllText(Repository.PathOf(name)));
        foreach (string tool in tools)
            File.CreateSymbolicLink(Within($"path/{tool}"), Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, tool))
                .First(File.Exists));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("das-script-").FullName;

    public string Within(string path)
    {
        string full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }

    /// <summary>Writes a file that can be executed.</summary>
    public void Write(string path, string text)
    {
        File.WriteAllText(Within(path), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Within(path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Read(string path) => File.Exists(Within(path)) ? File.ReadAllText(Within(path)) : "";

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Within(name), args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = Within("path");
        start.Environment["TMPDIR"] = Root;
        foreach (var (variable, value) in variables) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output, await error);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
