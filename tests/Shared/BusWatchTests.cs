using Das.Disturbances;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Das.Tests.Shared;

/// <summary>A bus that is lost is one that was stopped behind its host's back; the broker that takes connections is a real one.</summary>
public sealed class BusWatchTests(RabbitMqBroker broker) : IClassFixture<RabbitMqBroker>
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_process_whose_bus_does_not_come_back_begins_anew_but_not_before_its_work_has_ended()
    {
        await using Watched watched = await Watched.StartAsync(await broker.SettingsAsync());
        RunCancellations.Work work = watched.Work.Begin(Guid.NewGuid(), 1);
        await watched.Bus.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(await watched.LostWithinAsync(30));
        work.Dispose();
        Assert.True(await watched.LostWithinAsync(200));
        Assert.True(watched.Stopping);
    }

    [Fact]
    public async Task A_broker_that_is_away_is_waited_for()
    {
        await using Watched watched = await Watched.StartAsync(new() { Transport = "rabbitmq", Host = "127.0.0.1", Port = (ushort)RabbitMqNode.FreePort() });
        await watched.Bus.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(await watched.LostWithinAsync(30));
        Assert.False(watched.Stopping);
    }

    /// <summary>A host with nothing but the watch, by a clock that the test moves.</summary>
    private sealed class Watched(IHost host, FakeTimeProvider clock) : IAsyncDisposable
    {
        public IBusControl Bus => host.Services.GetRequiredService<IBusControl>();
        public RunCancellations Work => host.Services.GetRequiredService<RunCancellations>();
        public bool Stopping => host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

        public static async Task<Watched> StartAsync(BusSettings settings)
        {
            FakeTimeProvider clock = new();
            HostApplicationBuilder builder = Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(settings).AddSingleton<RunCancellations>()
                .AddSingleton(MassTransit.Bus.Factory.CreateUsingInMemory(_ => { })).AddSingleton<BusWatch>()
                .AddHostedService(provider => provider.GetRequiredService<BusWatch>());
            Watched watched = new(builder.Build(), clock);
            await watched.Bus.StartAsync(TestContext.Current.CancellationToken);
            await watched.StartAsync();
            return watched;
        }

        private Task StartAsync() => host.StartAsync(TestContext.Current.CancellationToken);

        /// <summary>Whether the watch gave the bus up while its clock was moved by so many looks.</summary>
        public async Task<bool> LostWithinAsync(int looks)
        {
            BusWatch watch = host.Services.GetRequiredService<BusWatch>();
            for (int look = 0; look < looks && !watch.Lost; look++)
            {
                clock.Advance(Look);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            return watch.Lost;
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
