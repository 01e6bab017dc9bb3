namespace Das.Tests.Deployment;

public class DasScriptTests
{
    private const string Bin = "src/Cli/bin/Release/net10.0";

    /// <summary>A checkout whose "dotnet build" writes down that it was called and makes a `das` that echoes.</summary>
    private static ShellScript Checkout()
    {
        var script = new ShellScript("das");
        script.Write("src/Cli/Program.cs", "");
        script.Write("path/dotnet", $"#!/bin/sh\necho \"$@\" >> {script.Within("builds")}\nprintf '#!/bin/sh\\necho das \"$@\"\\n' > "
            + $"{script.Within($"{Bin}/das")}\n{script.Within("path/chmod")} +x {script.Within($"{Bin}/das")}\n");
        File.CreateSymbolicLink(script.Within("path/chmod"), "/bin/chmod");
        return script;
    }

    [Fact]
    public async Task It_builds_once_and_then_only_runs()
    {
        using var script = Checkout();
        Assert.Equal((0, "das run x --set a=b c\n", ""), await script.RunAsync(["run", "x", "--set", "a=b c"]));
        Assert.Equal((0, "das runs\n", ""), await script.RunAsync(["runs"]));
        Assert.Contains("-c Release", Assert.Single(script.Read("builds").Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("src/Cli/Program.cs")]
    [InlineData("src/Cli/New.cs")]
    [InlineData("Directory.Packages.props")]
    public async Task It_builds_again_when_a_source_is_newer(string changed)
    {
        using var script = Checkout();
        await script.RunAsync([]);
        script.Write(changed, "");
        File.SetLastWriteTimeUtc(script.Within(changed), DateTime.UtcNow.AddSeconds(2));
        await script.RunAsync([]);
        Assert.Equal(2, script.Read("builds").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task It_builds_again_for_another_libtorch()
    {
        using var script = Checkout();
        await script.RunAsync([]);
        await script.RunAsync([], ("Torch", "cuda"));
        Assert.Contains("-p:Torch=cuda", script.Read("builds"));
    }

    [Fact]
    public async Task What_the_build_says_is_shown_when_it_fails()
    {
        using var script = Checkout();
        script.Write("path/dotnet", "#!/bin/sh\necho 'X.cs(1,1): error CS1002'\nexit 1\n");
        Assert.Equal((2, "", "X.cs(1,1): error CS1002\ndas could not be built.\n"), await script.RunAsync(["runs"]));
    }

    [Fact]
    public async Task Without_dotnet_it_says_how_to_install_it()
    {
        using var script = Checkout();
        File.Delete(script.Within("path/dotnet"));
        var (exitCode, _, error) = await script.RunAsync(["runs"]);
        Assert.Equal(2, exitCode);
        Assert.StartsWith("das needs the .NET 10 SDK: install it from https://dotnet.microsoft.com/download", error);
    }
}
