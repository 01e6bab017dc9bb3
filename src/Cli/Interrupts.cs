using System.Runtime.InteropServices;

namespace Das.Cli;

/// <summary>Ctrl-C and SIGTERM: the first asks politely, the second ends the process.</summary>
public sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource first = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interrupts() =>
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken First => first.Token;

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        first.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (first.IsCancellationRequested) Environment.Exit(ExitCodes.Cancelled);
        signal.Cancel = true;
        first.Cancel();
    }
}
