namespace Das.Tests.Cli;

public sealed class AccountVerbTests : FolderTest
{
    [Fact]
    public async Task A_site_that_others_can_reach_does_not_start_before_somebody_can_sign_in()
    {
        var (exitCode, output) = await DasProcess.RunAsync(folder.Path, ["serve", "--urls", "http://0.0.0.0:0"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("http://0.0.0.0:0 can be reached from other machines, and there is no user yet. Add the first one: das users add NAME --role operator",
            output);
        Assert.DoesNotContain(" at Das.", output);
    }

    [Fact]
    public async Task Users_are_added_listed_given_other_passwords_and_removed()
    {
        Assert.Equal((0, "ann can sign in as operator.\n"),
            await RunAsync("a long enough password", "users", "add", "ann", "--role", "operator", "--password-stdin"));
        Assert.Contains("\"name\": \"ann\"", (await RunAsync("", "users", "list", "--json")).Output);
        Assert.Equal((0, "ann has a new password.\n"), await RunAsync("another long password", "users", "password", "ann", "--password-stdin"));
        Assert.Equal((2, "A password has 12 to 1024 characters; this one has 5.\n"), await RunAsync("short", "users", "password", "ann", "--password-stdin"));
        Assert.Equal((2, "Nobody is there to be asked for the password; give it with --password-stdin.\n"),
            await RunAsync("", "users", "add", "bob", "--role", "viewer"));
        Assert.Equal((0, "ann is removed.\n"), await RunAsync("", "users", "remove", "ann"));
        Assert.Equal(2, (await RunAsync("", "users", "remove", "ann")).ExitCode);
    }

    [Fact]
    public async Task A_key_is_shown_once()
    {
        var (exitCode, output) = await RunAsync("", "keys", "add", "ci", "--role", "viewer");
        Assert.Equal(0, exitCode);
        string key = output.Split('\n').Single(line => line.StartsWith("das_"));
        var listed = await RunAsync("", "keys", "list");
        Assert.Contains("ci", listed.Output);
        Assert.DoesNotContain(key[4..], listed.Output);
        Assert.Equal((0, "ci is removed.\n"), await RunAsync("", "keys", "remove", "ci"));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string input, params string[] arguments)
    {
        Process process = DasProcess.Start(folder.Path, arguments);
        await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        return await DasProcess.EndAsync(process);
    }
}
