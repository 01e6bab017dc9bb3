using System.Runtime.InteropServices;
using Das.Disturbances;

/// <summary>What .NET runs before a process of the deployment begins, where <c>DOTNET_STARTUP_HOOKS</c> names this assembly.</summary>
internal static class StartupHook
{
    private static PosixSignalRegistration? asked;

    /// <summary>On SIGUSR1 the process collects its garbage and writes down how many bytes of managed memory are left.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Memory.Variable) is not { } folder) return;
        asked = PosixSignalRegistration.Create((PosixSignal)Signals.User1, context =>
        {
            context.Cancel = true;
            long left = GC.GetTotalMemory(forceFullCollection: true);
            string file = Path.Combine(folder, $"{Environment.ProcessId}");
            File.WriteAllText(file + ".new", $"{left}");
            File.Move(file + ".new", file, overwrite: true);
        });
    }
}
