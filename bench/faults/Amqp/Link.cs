namespace Das.Disturbances.Amqp;

/// <summary>What stands between one process and the broker: everything that passes is understood, and can be cut, held back or slowed down.</summary>
internal sealed class Link : IAsyncDisposable
{
    private const int ProtocolHeader = 8;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private readonly Dictionary<Conversation, Action> connections = [];
    private readonly Func<Passing, ValueTask<Verdict>> pass;
    private readonly Func<int> broker;
    private readonly Task accepting;
    private TaskCompletionSource flowing = new();

    /// <param name="name">The process.</param>
    /// <param name="broker">The broker's port.</param>
    /// <param name="pass">Decides about all that passes.</param>
    public Link(string name, Func<int> broker, Func<Passing, ValueTask<Verdict>> pass)
    {
        (Name, this.broker, this.pass) = (name, broker, pass);
        flowing.SetResult();
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public string Name { get; }

    /// <summary>Where the process finds its broker.</summary>
    public int Port { get; }

    /// <summary>Added to the way of every frame.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Delivered to the process and not acknowledged.</summary>
    public IReadOnlyList<Message> Open { get { lock (gate) return [.. connections.Keys.SelectMany(connection => connection.Open)]; } }

    /// <summary>Queues that the process consumes.</summary>
    public int Consumers { get { lock (gate) return connections.Keys.Sum(connection => connection.Consumers); } }

    /// <summary>Ends every connection.</summary>
    public void Cut()
    {
        Action[] ends;
        lock (gate) ends = [.. connections.Values];
        foreach (Action end in ends) end();
    }

    /// <summary>Nothing passes until <see cref="Flow"/>: a network that swallows everything.</summary>
    public void Hold()
    {
        if (flowing.Task.IsCompleted) flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Flow() => flowing.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        Flow();
        Cut();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(closing.Token);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        Conversation conversation = new(Name);
        using (client)
        using (TcpClient server = new() { NoDelay = true })
        using (CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(closing.Token))
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, broker(), ended.Token);
                lock (gate) connections[conversation] = () =>
                {
                    client.Close();
                    server.Close();
                };
                byte[] greeting = new byte[ProtocolHeader];
                await client.GetStream().ReadExactlyAsync(greeting, ended.Token);
                await server.GetStream().WriteAsync(greeting, ended.Token);
                await Task.WhenAny(PumpAsync(conversation, client, server, toBroker: true, ended.Token),
                    PumpAsync(conversation, server, client, toBroker: false, ended.Token));
                await ended.CancelAsync();
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // So is the relay.
            }
            finally
            {
                lock (gate) connections.Remove(conversation);
            }
    }

    private async Task PumpAsync(Conversation conversation, TcpClient from, TcpClient to, bool toBroker, CancellationToken cancellation)
    {
        try
        {
            while (await Frame.ReadAsync(from.GetStream(), cancellation) is { } frame)
            {
                if (conversation.Next(toBroker, frame) is not { } next) continue;
                Verdict verdict = next.Passing.Act == Act.Other ? Verdict.Forward : await pass(next.Passing);
                await flowing.Task.WaitAsync(cancellation);
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, cancellation);
                if (verdict == Verdict.CutBefore) return;
                foreach (Frame part in next.Frames) await to.GetStream().WriteAsync(part.Whole, cancellation);
                if (verdict == Verdict.CutAfter) return;
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException or InvalidDataException) { /* so is the connection */ }
    }
}
