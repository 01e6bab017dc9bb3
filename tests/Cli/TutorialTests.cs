namespace Das.Tests.Cli;

/// <summary>The tutorial does what it says: its commands are run in a folder that has what a checkout has, and print what it shows.</summary>
public sealed partial class TutorialTests
{
    private static readonly string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "own-data.md"));

    [Fact]
    public async Task Every_command_of_the_tutorial_works_and_prints_what_the_page_shows()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The tutorial's commands are those of a Unix shell.");
        using TemporaryFolder checkout = new();
        foreach (string folder in (string[])["examples", "models"])
            Directory.CreateSymbolicLink(checkout[folder], Path.Combine(Repository.Root, folder));
        File.WriteAllText(checkout["das"], $"#!/bin/sh\nexec '{Path.Combine(AppContext.BaseDirectory, "das")}' \"$@\"\n");
        await ShellAsync(checkout, "chmod u+x das");

        string printed = "";
        int commands = 0;
        foreach (Match block in Block().Matches(page))
        {
            string text = block.Groups["text"].Value;
            if (block.Groups["kind"].Value == "text")
            {
                foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    Assert.True(printed.Split('\n').Any(said => Regex.IsMatch(said, $"^{Regex.Escape(line).Replace("…", ".*")}")),
                        $"'{line}' is not printed:\n{printed}");
                continue;
            }
            commands += text.Trim().Split('\n').Length;
            (int exitCode, printed) = await ShellAsync(checkout, text);
            Assert.True(exitCode == 0, $"{text}\n{printed}");
        }
        Assert.Equal(8, commands);
        Assert.Contains("<img", File.ReadAllText(checkout["data.html"]));
        Assert.True(new FileInfo(checkout["scores.png"]).Length > 1000);
    }

    [Fact]
    public void The_page_names_every_benchmark_of_ones_own_data_and_each_of_its_options()
    {
        foreach (string name in (string[])["conversations", "questions", "texts", "captions"])
        {
            Assert.Contains($"`{name}`", page);
            Assert.All(BenchmarkCatalog.Get(name).OptionsType.GetProperties(), option =>
                Assert.Contains(JsonNamingPolicy.CamelCase.ConvertName(option.Name), page));
        }
    }

    private static Task<(int ExitCode, string Output)> ShellAsync(TemporaryFolder folder, string commands)
    {
        ProcessStartInfo start = new("/bin/sh", ["-e", "-c", commands])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Path,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DAS_HOME"] = folder[".das"];
        return DasProcess.EndAsync(Process.Start(start)!);
    }

    [GeneratedRegex("^```(?<kind>sh|text)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
