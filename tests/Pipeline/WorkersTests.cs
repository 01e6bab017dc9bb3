using Das.Tests.Shared;

namespace Das.Tests.Pipeline;

/// <summary>The five processes of a deployment over a real RabbitMQ.</summary>
public sealed class WorkersTests(RabbitMqBroker broker) : FolderTest, IClassFixture<RabbitMqBroker>
{
    private readonly List<Process> services = [];

    [Fact]
    public async Task A_run_whose_search_worker_is_killed_completes_once_with_another_worker()
    {
        BusSettings settings = await broker.SettingsAsync();
        string alone = folder["alone"], home = folder["workers"];
        (string, string)[] bus =
        [
            ("DAS_BUS__TRANSPORT", settings.Transport), ("DAS_BUS__HOST", settings.Host),
            ("DAS_BUS__PORT", settings.Port.ToString(CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(0, (await DasProcess.RunAsync(alone, DasProcess.TinyRun)).ExitCode);

        Serve(["serve", "--urls", "http://127.0.0.1:0"]);
        Serve(["worker", "ingest"]);
        Process search = Serve(["worker", "search"]);
        Serve(["worker", "finetune"]);
        Serve(["worker", "evaluate"]);
        Process run = DasProcess.Start(home, DasProcess.TinyRun, bus);
        await DasProcess.UntilAsync(run, () => Directory.Exists(Path.Combine(home, "artifacts", "search")));
        search.Kill();
        Serve(["worker", "search"]);

        (int exitCode, string output) = await DasProcess.EndAsync(run);
        Assert.True(exitCode == 0, output);
        DasProcess.AssertSameResults(alone, home);

        Process Serve(string[] arguments)
        {
            Process service = DasProcess.Start(home, arguments, bus);
            service.BeginOutputReadLine();
            service.BeginErrorReadLine();
            services.Add(service);
            return service;
        }
    }

    public override void Dispose()
    {
        DasProcess.Kill(services);
        base.Dispose();
    }
}
