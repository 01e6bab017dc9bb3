using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Das.Control.Registry;

/// <summary>What is wrong where the registry of runs cannot be read or written, in words; those of SQLite are for the log.</summary>
public static class RegistryFault
{
    /// <summary>How long whoever cannot use the registry waits before the next attempt.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int Perm = 3, Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NoDatabase = 26;

    private static readonly Dictionary<int, (ErrorKind Kind, string Sentence)> Said = new()
    {
        [Busy] = (ErrorKind.Machine, "The registry of runs is busy: another process has held its lock for too long. Try again in a moment."),
        [Full] = (ErrorKind.DiskFull, "The disk that holds the registry of runs (DAS_HOME) is full. Free some space; runs under way go on by themselves."),
        [ReadOnly] = (ErrorKind.Machine, "The registry of runs (DAS_HOME/registry.db) cannot be written: look who owns it and whether "
            + "its disk may be written."),
        [InputOutput] = (ErrorKind.Machine, "The disk that holds the registry of runs (DAS_HOME) fails, or is full: look at it; runs under way go on by "
            + "themselves."),
        [CannotOpen] = (ErrorKind.Machine, "The registry of runs (DAS_HOME/registry.db) cannot be opened: look whether the "
            + "folder is there and who may enter it."),
        [Corrupt] = (ErrorKind.Machine, "The registry of runs (DAS_HOME/registry.db) is damaged. Stop what uses it and put a copy of it back, or move it away "
            + "and run das registry rebuild."),
    };

    /// <summary>The sentence; null where the fault is another's.</summary>
    public static DasException? Of(Exception fault) => Code(fault) is not { } code ? null
        : Said.TryGetValue(code, out var said) ? new(said.Kind, said.Sentence, fault)
        : new(ErrorKind.Machine, $"The registry of runs could not do that (code {code} of SQLite); the log has the details.", fault);

    /// <summary>Whether the same transaction succeeds once the disk has room, may be written or is let go of.</summary>
    public static bool Passes(Exception fault) => Code(fault) is Busy or Full or ReadOnly or InputOutput or CannotOpen;

    /// <summary>The first code of SQLite among the exceptions that hold it; 0 for a database's fault that has none.</summary>
    private static int? Code(Exception? fault) => fault switch
    {
        null or DasException => null,
        SqliteException { SqliteErrorCode: Locked } => Busy,
        SqliteException { SqliteErrorCode: Perm } => ReadOnly,
        SqliteException { SqliteErrorCode: NoDatabase } => Corrupt,
        SqliteException sqlite => sqlite.SqliteErrorCode,
        DbException or DbUpdateException when fault.InnerException is null => 0,
        _ => Code(fault.InnerException) ?? (fault is DbException or DbUpdateException ? 0 : null),
    };
}
