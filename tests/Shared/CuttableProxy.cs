using System.Net.Sockets;

namespace Das.Tests.Shared;

/// <summary>Hands connections on to a port of the loopback, until they are cut.</summary>
public sealed class CuttableProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly ushort _target;

    public CuttableProxy(ushort target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public ushort Port => (ushort)((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends every connection; new ones are taken as before.</summary>
    /// <returns>How many.</returns>
    public int Cut()
    {
        int cut = 0;
        while (_open.TryTake(out TcpClient? client))
        {
            client.Dispose();
            cut++;
        }
        return cut;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient from = await _listener.AcceptTcpClientAsync(), to = new();
                await to.ConnectAsync(IPAddress.Loopback, _target);
                _open.Add(from);
                _open.Add(to);
                _ = CopyAsync(from, to);
                _ = CopyAsync(to, from);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException) { }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try { await from.GetStream().CopyToAsync(to.GetStream()); }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException or InvalidOperationException) { }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
