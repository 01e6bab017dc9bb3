namespace Das.Tests.Control;

/// <summary>A disk in memory that can be filled to the last byte; a test is skipped where none may be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    public static SmallDisk Mount(long bytes)
    {
        SmallDisk disk = new();
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "none", disk.Path)) return disk;
        disk.folder.Dispose();
        Assert.Skip("No disk can be mounted here.");
        throw new UnreachableException();
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using FileStream filler = new(System.IO.Path.Combine(Path, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (int piece in new[] { 64 << 10, 4 << 10 })
            try
            {
                while (true) filler.Write(new byte[piece]);
            }
            catch (IOException) { /* That was the last one. */ }
    }

    public void Free() => File.Delete(System.IO.Path.Combine(Path, "filler"));

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            run.WaitForExit();
            return run.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception) { return false; }
    }
}
