using Das.Cli.Doctor;

namespace Das.Cli.Commands;

/// <summary><c>das doctor</c>: is this machine ready?</summary>
public static class DoctorCommand
{
    public static Verb Create(CliContext context)
    {
        var verb = new Verb("doctor", "Check torch, threads, GPU, broker, disk, who may look and the registry; says the cure", "das doctor",
            "DAS_BUS__HOST=broker das doctor");
        verb.SetAction(async _ =>
        {
            var checks = new[]
            {
                TorchChecks.Loads(),
                TorchChecks.Threads(),
                TorchChecks.Gpu(),
                await BusChecks.BrokerAnswersAsync(Environment.GetEnvironmentVariable, context.Interrupted),
                DiskChecks.FreeSpace(CliContext.Home),
                DiskChecks.Writable(CliContext.Home),
                DiskChecks.Private(DasHome.FromEnvironment()),
                DiskChecks.Registry(await context.Host.LostRegistryAsync()),
            };
            bool ready = checks.All(check => check.Ok);
            context.Terminal.Result(new { ready, checks }, console => Array.ForEach(checks, check => Print(console, check)));
            return ready ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return verb;
    }

    private static void Print(IAnsiConsole console, Check check) =>
        console.MarkupLine($"{(check.Ok ? "[green]✓[/]" : "[red]✗[/]")} {check.Name,-8} "
            + $"{Markup.Escape(check.Finding)}{(check.Cure is null ? "" : $" [yellow]→ {Markup.Escape(check.Cure)}[/]")}");
}
