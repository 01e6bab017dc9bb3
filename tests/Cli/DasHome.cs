namespace Das.Tests.Cli;

/// <summary>A <c>DAS_HOME</c> of a test's own; tests that use it share a collection because the variable is the process's.</summary>
internal sealed class DasHome : IDisposable
{
    private readonly string? before = Environment.GetEnvironmentVariable("DAS_HOME");

    public DasHome(string? path = null) =>
        Environment.SetEnvironmentVariable("DAS_HOME", Path = path ?? Directory.CreateTempSubdirectory("das-home-").FullName);

    public string Path { get; }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("DAS_HOME", before);
        Directory.Delete(Path, recursive: true);
    }
}
