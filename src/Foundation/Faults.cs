using System.Net.Sockets;

namespace Das.Foundation;

/// <summary>What becomes of exceptions at the process's borders: a sentence, an exit code, an HTTP status, another attempt.</summary>
public static class Faults
{
    private const int LinuxNoSpace = 28, WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsDiskFull(Exception fault) => fault is IOException { HResult: LinuxNoSpace or WindowsDiskFull };

    /// <summary>
    /// Worth another attempt: network faults, time-outs, a disk that stumbled. Not: wrong input, missing files, our own
    /// sentences, cancellation.
    /// </summary>
    public static bool IsTransient(Exception fault) => fault switch
    {
        DasException or OperationCanceledException { InnerException: not TimeoutException } => false,
        FileNotFoundException or DirectoryNotFoundException or PathTooLongException or EndOfStreamException => false,
        IOException or SocketException or HttpRequestException or TimeoutException => true,
        OperationCanceledException => true,
        _ => fault.InnerException is { } inner && IsTransient(inner),
    };

    /// <summary>Whether the same work may succeed once what was wrong is mended; a wrong value of the recipe stays wrong in its run.</summary>
    public static bool RetryHelps(Exception fault) => fault is not DasException { Kind: ErrorKind.Usage or ErrorKind.Recipe };

    /// <summary>One sentence for a person; never the name of a type.</summary>
    public static string Sentence(Exception fault) => fault switch
    {
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        _ when IsDiskFull(fault) => $"The disk is full ({fault.Message.TrimEnd('.')}). Free some space, then try again.",
        DasException or IOException or UnauthorizedAccessException or InvalidDataException => fault.Message,
        OutOfMemoryException => "The machine has no memory left for this. Lower microBatch, or set optimization.recompute to true.",
        _ => $"Something unexpected happened: {fault.Message.TrimEnd('.')}. The log has the details.",
    };

    /// <summary>What <c>das</c> tells the shell: 2 where the command line or the recipe is wrong, else 1.</summary>
    public static int ExitCode(Exception fault) => RetryHelps(fault) ? 1 : 2;

    /// <summary>The status of an HTTP answer; null for what has no sentence that <see cref="Sentence"/> could tell whoever asked.</summary>
    public static int? HttpStatus(Exception fault) => fault switch
    {
        DasException { Kind: ErrorKind.NotFound } => 404,
        DasException { Kind: ErrorKind.Conflict } => 409,
        DasException { Kind: ErrorKind.DiskFull } => 507,
        DasException { Kind: ErrorKind.Machine } => 503,
        DasException => 400,
        _ when IsDiskFull(fault) => 507,
        IOException or UnauthorizedAccessException => 503,
        _ => null,
    };
}
