namespace Das.Disturbances;

/// <summary>A wall clock for each process, which can be put forward and back; the machine's is left alone.</summary>
/// <param name="folder">Where the clocks lie.</param>
internal sealed class OwnClock(string folder)
{
    private string Library => Path.Combine(folder, "clock.so");

    /// <summary>Compiles what is preloaded into the processes.</summary>
    /// <exception cref="DasException">There is no C compiler.</exception>
    public void Make() => Tools.Run("cc", "-shared", "-fPIC", "-O2", "-o", Library, Path.Combine(AppContext.BaseDirectory, "clock.c"), "-ldl");

    /// <summary>The variables of a process that has a clock of its own, which is right at first.</summary>
    public IEnumerable<(string Name, string Value)> Of(string service)
    {
        File.WriteAllBytes(FileOf(service), new byte[2 * sizeof(double)]);
        return [("LD_PRELOAD", Library), ("FAULTS_CLOCK_FILE", FileOf(service))];
    }

    /// <param name="service">Whose.</param>
    /// <param name="from">The machine's clock; whole seconds.</param>
    public void Step(string service, TimeSpan from)
    {
        using FileStream file = new(FileOf(service), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes(from.TotalSeconds));
    }

    /// <summary>By how much it was off the machine's when the process read it last.</summary>
    public TimeSpan ReadOf(string service) => TimeSpan.FromSeconds(BitConverter.ToDouble(File.ReadAllBytes(FileOf(service)), sizeof(double)));

    private string FileOf(string service) => Path.Combine(folder, $"{service}.clock");
}

/// <summary>Programs of the system.</summary>
internal static class Tools
{
    /// <exception cref="DasException">It is not there, or says that it failed.</exception>
    public static void Run(string program, params string[] arguments)
    {
        string said;
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0) return;
        }
        catch (System.ComponentModel.Win32Exception missing) { said = missing.Message; }
        throw new DasException(ErrorKind.Machine, $"{program} {string.Join(' ', arguments)}: {said.Trim()}");
    }
}
