using Das.Disturbances;

namespace Das.Tests.Shared;

/// <summary>A RabbitMQ node of the tests' own; started by the first test that asks for it and stopped, by its process id, with the fixture.</summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SemaphoreSlim _once = new(1);
    private RabbitMqNode? _node;

    /// <summary>How to reach the broker; skips the test where <c>rabbitmq-server</c> is not installed.</summary>
    public async Task<BusSettings> SettingsAsync()
    {
        Assert.SkipUnless(RabbitMqNode.Installed, "rabbitmq-server is not installed.");
        await _once.WaitAsync();
        try
        {
            if (_node is null) await (_node = new(_folder.Path)).StartAsync();
            return _node.Settings;
        }
        finally { _once.Release(); }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        _folder.Dispose();
        _once.Dispose();
    }
}
