using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(Das.Disturbances.FastClockStartup))]

namespace Das.Disturbances;

/// <summary>A clock that runs faster than the machine's; every process that is told the same beginning agrees on the time.</summary>
/// <param name="began">When it was as late here as on the machine's clock.</param>
/// <param name="rate">Its seconds in one of the machine's.</param>
internal sealed class FastClock(DateTimeOffset began, double rate) : TimeProvider
{
    /// <summary>The beginning in ticks, and the rate.</summary>
    public const string Variable = "FAULTS_CLOCK";

    /// <summary>What gives a process this clock in place of the system's.</summary>
    public Dictionary<string, string> Environment => new()
    {
        [Variable] = string.Create(CultureInfo.InvariantCulture, $"{began.UtcTicks} {rate}"), ["DOTNET_STARTUP_HOOKS"] = typeof(FastClock).Assembly.Location,
        ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(FastClock).Assembly.GetName().Name!,
    };

    public override DateTimeOffset GetUtcNow() => began + (System.GetUtcNow() - began) * rate;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    public static FastClock Of(string variable) => variable.Split(' ') is [var ticks, var rate]
        ? new(new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero), double.Parse(rate, CultureInfo.InvariantCulture))
        : throw new DasException(ErrorKind.Usage, $"{Variable} is '{variable}'.");

    private TimeSpan Shorter(TimeSpan time) => time > TimeSpan.Zero ? time / rate : time;
}

/// <summary>Gives the site of a process the clock, before the site names the system's.</summary>
internal sealed class FastClockStartup : IHostingStartup
{
    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(FastClock.Variable) is { } variable)
            builder.ConfigureServices(services => services.AddSingleton<TimeProvider>(FastClock.Of(variable)));
    }
}
