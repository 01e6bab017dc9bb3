using Microsoft.Extensions.Configuration;

namespace Das.Bus;

/// <summary>Which transport carries the messages, and where it is.</summary>
public sealed record BusSettings
{
    /// <summary>The environment variables' common beginning: <c>DAS_BUS__Transport=rabbitmq</c>.</summary>
    public const string Prefix = "DAS_";

    public const string Memory = "memory", RabbitMq = "rabbitmq";

    /// <summary><c>memory</c>: everything in this process; <c>rabbitmq</c>: services of their own.</summary>
    public string Transport { get; init; } = Memory;

    public string Host { get; init; } = "localhost";
    public ushort Port { get; init; } = 5672;
    public string User { get; init; } = "guest";
    public string Password { get; init; } = "guest";
    public string VirtualHost { get; init; } = "/";

    /// <summary>Pauses before a transient fault (network, shared disk) is tried again; after the last one the stage fails.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; init; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)];

    /// <summary>How long a question to a finished model may take, from asking to the answer: waiting for a worker, loading the model, writing.</summary>
    public TimeSpan AnswerPatience { get; init; } = TimeSpan.FromMinutes(2);

    public bool InMemory => Transport == Memory;

    /// <summary>From the environment variables <c>DAS_BUS__TRANSPORT</c>, <c>…HOST</c>, <c>…PORT</c>, <c>…USER</c>, <c>…PASSWORD</c> and
    /// <c>…VIRTUALHOST</c>.</summary>
    /// <exception cref="DasException">A value cannot be used.</exception>
    public static BusSettings FromEnvironment() =>
        From(name => Environment.GetEnvironmentVariable($"DAS_BUS__{name.ToUpperInvariant()}"));

    /// <summary>From the section <c>Bus</c> of a configuration that reads the environment with <see cref="Prefix"/>.</summary>
    /// <exception cref="DasException">A value cannot be used.</exception>
    public static BusSettings From(IConfiguration configuration) => From(name => configuration[$"Bus:{name}"]);

    private static BusSettings From(Func<string, string?> value)
    {
        BusSettings defaults = new();
        BusSettings settings = defaults with
        {
            Transport = (value(nameof(Transport)) ?? defaults.Transport).Trim().ToLowerInvariant(),
            Host = value(nameof(Host)) ?? defaults.Host,
            Port = value(nameof(Port)) is { } port ? ParsePort(port) : defaults.Port,
            User = value(nameof(User)) ?? defaults.User,
            Password = value(nameof(Password)) ?? defaults.Password,
            VirtualHost = value(nameof(VirtualHost)) ?? defaults.VirtualHost,
        };
        settings.Validate();
        return settings;
    }

    /// <exception cref="DasException">A value cannot be used.</exception>
    public void Validate()
    {
        if (Transport is not (Memory or RabbitMq))
            throw new DasException(ErrorKind.Machine, $"Unknown bus transport '{Transport}' (DAS_BUS__TRANSPORT). Known: {Memory}, {RabbitMq}.");
        if (InMemory) return;
        if (string.IsNullOrWhiteSpace(Host)) throw new DasException(ErrorKind.Machine, "The bus needs the broker's host name (DAS_BUS__HOST).");
        if (string.IsNullOrWhiteSpace(User)) throw new DasException(ErrorKind.Machine, "The bus needs a user name for the broker (DAS_BUS__USER).");
        if (string.IsNullOrWhiteSpace(VirtualHost))
            throw new DasException(ErrorKind.Machine, "The bus needs a virtual host (DAS_BUS__VIRTUALHOST); the broker's default is '/'.");
    }

    private static ushort ParsePort(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
        ? port
        : throw new DasException(ErrorKind.Machine, $"'{text}' is no port for the broker (DAS_BUS__PORT): 1 to 65535.");
}
