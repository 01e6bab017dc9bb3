namespace Das.Tests.Deployment;

public class DockerfileTests
{
    private static readonly string[] lines = File.ReadAllLines(Repository.PathOf("Dockerfile"));

    [Fact]
    public void It_builds_with_the_SDK_and_ships_the_runtime() =>
        Assert.Equal(["FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build", "FROM mcr.microsoft.com/dotnet/aspnet:10.0"],
            lines.Where(line => line.StartsWith("FROM ")));

    [Fact]
    public void It_does_not_run_as_root()
    {
        string user = lines.Last(line => line.StartsWith("USER "));
        Assert.False(user is "USER root" or "USER 0", user);
        Assert.True(Array.IndexOf(lines, user) < Array.FindIndex(lines, line => line.StartsWith("ENTRYPOINT")));
    }

    [Fact]
    public void What_it_copies_from_the_repository_is_tracked_there()
    {
        var copied = lines.Where(line => line.StartsWith("COPY ") && !line.Contains("--from")).SelectMany(line => Regex.Split(line, @"\s+")[1..^1]);
        foreach (string pattern in copied)
            Assert.True(Directory.EnumerateFileSystemEntries(Repository.Root, pattern.TrimEnd('/')).Any(), $"{pattern} is not in the repository");
    }
}
