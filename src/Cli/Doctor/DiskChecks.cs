namespace Das.Cli.Doctor;

/// <summary>Can runs leave behind what they leave behind?</summary>
public static class DiskChecks
{
    private const double LeastGigabytes = 2;

    public static Check FreeSpace(string home)
    {
        try
        {
            double free = new DriveInfo(Existing(home)).AvailableFreeSpace / 1e9;
            return free >= LeastGigabytes
                ? new("disk", true, $"{free:0} GB free at {home}")
                : new("disk", false, $"only {free:0.0} GB free at {home}", "Make room, or set DAS_HOME to a folder on a larger disk.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("disk", false, $"{home}: {e.Message}", "Set DAS_HOME to a folder on a local disk.");
        }
    }

    /// <summary>Writes and deletes a file; a folder made for that is deleted as well.</summary>
    public static Check Writable(string home)
    {
        bool existed = Directory.Exists(home);
        try
        {
            Directory.CreateDirectory(home);
            string probe = Path.Combine(home, $".doctor-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("write", true, $"{home} can be written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("write", false, $"{home}: {e.Message}", "Give yourself write access, or set DAS_HOME to a folder of your own.");
        }
        finally
        {
            if (!existed && Directory.Exists(home) && !Directory.EnumerateFileSystemEntries(home).Any()) Directory.Delete(home);
        }
    }

    /// <summary>Is what runs leave behind this user's alone?</summary>
    public static Check Private(DasHome home) => home.Exposed is { } open
        ? new("private", false, open, $"chmod 700 {home.Root}, or set {DasHome.SharedVariable}=1 where a group shares it on purpose.")
        : new("private", true, Directory.Exists(home.Root) ? $"{home.Root} is not open to others" : $"{home.Root} is not there yet");

    /// <summary>Does the registry know what lies in the store?</summary>
    public static Check Registry(string? lost) => lost is null ? new("registry", true, "no results that it knows nothing of")
        : new("registry", false, lost, "das registry rebuild");

    private static string Existing(string folder)
    {
        string path = Path.GetFullPath(folder);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent) path = parent;
        return path;
    }
}
