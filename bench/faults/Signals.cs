using System.Runtime.InteropServices;

namespace Das.Disturbances;

/// <summary>What a process is told by the system.</summary>
internal static partial class Signals
{
    public const int Kill = 9, User1 = 10, Terminate = 15, Continue = 18, Stop = 19;

    /// <returns>False where there is no such process.</returns>
    public static bool Send(int process, int signal) => KillCall(process, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillCall(int process, int signal);
}

/// <summary>The processes that a process has started, from <c>/proc</c>.</summary>
internal static class ProcessTree
{
    public static IEnumerable<int> Below(int process)
    {
        List<(int Id, int Parent)> all = [.. All().Select(id => (id, ParentOf(id)))];
        Queue<int> parents = new([process]);
        while (parents.TryDequeue(out int parent))
            foreach ((int id, int _) in all.Where(each => each.Parent == parent))
            {
                parents.Enqueue(id);
                yield return id;
            }
    }

    /// <summary>Ends what an interrupted campaign has left: the processes whose variables name its folder.</summary>
    public static void EndAllOf(string folder)
    {
        string[] marks = [$"DAS_HOME={folder}/", $"RABBITMQ_MNESIA_BASE={folder}/"];
        foreach (int process in All().Where(id => id != Environment.ProcessId && Variables(id).Any(variable =>
            marks.Any(mark => variable.StartsWith(mark, StringComparison.Ordinal)))).ToList()) Signals.Send(process, Signals.Kill);
    }

    public static string NameOf(int process) => Stat(process) is { } stat ? stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')] : "";

    private static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
        .Where(name => name.All(char.IsAsciiDigit)).Select(name => int.Parse(name, CultureInfo.InvariantCulture));

    private static string[] Variables(int process)
    {
        try { return File.ReadAllText($"/proc/{process}/environ").Split('\0'); }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException) { return []; }
    }

    private static int ParentOf(int process) =>
        Stat(process) is { } stat ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    private static string? Stat(int process)
    {
        try { return File.ReadAllText($"/proc/{process}/stat"); }
        catch (IOException) { return null; }
    }
}
