namespace Das.Cli.Hosting;

/// <summary>What <c>das</c> tells the shell.</summary>
public static class ExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>A suite's runs are complete, and one scored less than it must.</summary>
    public const int BelowThreshold = 3;

    public const int Cancelled = 130;

    public static int Of(RunStatus status) => status switch
    {
        RunStatus.Failed => Failed,
        RunStatus.Cancelled => Cancelled,
        _ => Ok,
    };
}
