using System.Net.Sockets;

namespace Das.Bus;

/// <summary>Which faults pass by themselves, and how the others are told to a person.</summary>
public static class Faults
{
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

    /// <summary>One sentence: the message alone where it was written for a person, else with the exception's type before it.</summary>
    public static string Sentence(Exception fault) => fault switch
    {
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        FileNotFoundException or DirectoryNotFoundException or InvalidDataException => fault.Message,
        _ when IsOurs(fault) => fault.Message,
        _ => $"{fault.GetType().Name}: {fault.Message}",
    };

    /// <summary>Models and benchmarks may not reference this project; their exceptions are known by their namespace.</summary>
    private static bool IsOurs(Exception fault) =>
        fault.GetType().Namespace is { } name && (name == "Das" || name.StartsWith("Das.", StringComparison.Ordinal));
}
