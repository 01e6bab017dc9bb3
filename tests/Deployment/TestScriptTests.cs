namespace Das.Tests.Deployment;

public class TestScriptTests
{
    private const string Runner = "tests/bin/Debug/net10.0/Das.Tests";

    /// <summary>A checkout whose test runner reports <paramref name="counts"/> and skips for <paramref name="reasons"/>.</summary>
    private static ShellScript Checkout(string counts, int exitCode, params string[] reasons)
    {
        string skipped = string.Concat(reasons.Select(reason => $"<test name=\"t\" result=\"Skip\"><reason><![CDATA[{reason}]]></reason></test>"));
        var script = new ShellScript("test");
        script.Write("path/dotnet", "#!/bin/sh\n");
        foreach (string program in new[] { "rabbitmq-server", "chromium" }) script.Write($"path/{program}", "#!/bin/sh\n");
        script.Write("report.xml", $"<assemblies><assembly name=\"x\" {counts} total=\"9\"><collection total=\"1\" passed=\"77\" failed=\"77\" "
            + $"skipped=\"77\">{skipped}</collection></assembly></assemblies>");
        script.Write(Runner, $"#!/bin/sh\necho \"args $@\"\ncat {script.Within("report.xml")} > {script.Within("TestResults/tests.xml")}\nexit {exitCode}\n");
        return script;
    }

    private static string LastLine(string output) => output.TrimEnd('\n').Split('\n')[^1];

    [Fact]
    public async Task The_last_line_is_the_count()
    {
        using var script = Checkout("errors=\"0\" failed=\"0\" not-run=\"3\" passed=\"8\" skipped=\"1\"", 0, "needs a broker");
        var (exitCode, output, error) = await script.RunAsync(["-class", "X Y"]);
        Assert.Equal((0, "8 passed, 0 failed, 1 skipped", ""), (exitCode, LastLine(output), error));
        Assert.Contains("-class X Y", output);
    }

    [Fact]
    public async Task A_failure_fails()
    {
        using var script = Checkout("errors=\"1\" failed=\"2\" not-run=\"0\" passed=\"8\" skipped=\"0\"", 1);
        var (exitCode, output, _) = await script.RunAsync([]);
        Assert.Equal((1, "8 passed, 3 failed, 0 skipped"), (exitCode, LastLine(output)));
    }

    [Fact]
    public async Task In_CI_a_skip_is_a_failure_except_for_CUDA()
    {
        using var script = Checkout("errors=\"0\" failed=\"0\" not-run=\"0\" passed=\"8\" skipped=\"2\"", 0, "CUDA: none here", "needs a broker");
        var (exitCode, output, error) = await script.RunAsync([], ("CI", "true"));
        Assert.Equal((1, "8 passed, 1 failed, 1 skipped", "Skipped in CI: 1 needs a broker\n"), (exitCode, LastLine(output), error));
    }

    [Fact]
    public async Task In_CI_a_skip_for_CUDA_passes()
    {
        using var script = Checkout("errors=\"0\" failed=\"0\" not-run=\"0\" passed=\"8\" skipped=\"1\"", 0, "CUDA: none here");
        var (exitCode, output, _) = await script.RunAsync([], ("CI", "true"));
        Assert.Equal((0, "8 passed, 0 failed, 1 skipped"), (exitCode, LastLine(output)));
    }

    [Fact]
    public async Task A_runner_that_dies_without_a_report_fails()
    {
        using var script = Checkout("", 0);
        script.Write(Runner, "#!/bin/sh\nexit 134\n");
        var (exitCode, output, _) = await script.RunAsync([]);
        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), (exitCode, LastLine(output)));
    }

    [Fact]
    public async Task CI_leaves_out_the_tests_that_need_data_beside_the_checkout()
    {
        using var script = Checkout("errors=\"0\" failed=\"0\" not-run=\"0\" passed=\"8\" skipped=\"0\"", 0);
        using var ci = new ShellScript(".ci/run");
        ci.Write("test", "#!/bin/sh\necho \"CI=$CI $@\"\n");
        Assert.Equal((0, "CI=true -trait- Needs=shared-data\n", ""), await ci.RunAsync([]));
    }
}
