namespace Das.Artifacts;

/// <summary>What a process expects of work on a stage.</summary>
public sealed record StageSettings
{
    private const string Prefix = "DAS_STAGES__";

    /// <summary>How long another owner's heartbeat may not be seen to move before its work is taken over: six missed beats.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row work on one key may end its process without having kept anything new; then the stage fails.</summary>
    public int Deliveries { get; init; } = 10;

    /// <summary>From the environment variables <c>DAS_STAGES__SILENCE</c> (seconds) and <c>DAS_STAGES__DELIVERIES</c>.</summary>
    /// <exception cref="DasException">A value is no number of at least 1.</exception>
    public static StageSettings FromEnvironment()
    {
        StageSettings defaults = new();
        return new()
        {
            Silence = TimeSpan.FromSeconds(Number("SILENCE", "seconds", (int)defaults.Silence.TotalSeconds)),
            Deliveries = Number("DELIVERIES", "deliveries", defaults.Deliveries),
        };
    }

    private static int Number(string name, string unit, int otherwise) => Environment.GetEnvironmentVariable(Prefix + name) switch
    {
        null or "" => otherwise,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 => number,
        { } text => throw new DasException(ErrorKind.Machine, $"'{text}' is no number of {unit} ({Prefix}{name}): a whole number of at least 1 is expected."),
    };
}
