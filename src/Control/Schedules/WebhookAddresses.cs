using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Das.Control.Schedules;

/// <summary>
/// Which addresses webhooks may lie at: those of the public internet, and what <see cref="Variable"/> lists. Whoever may make schedules could otherwise
/// have the server speak to whatever it alone reaches: its own machine, its network, a cloud's metadata.
/// </summary>
public sealed class WebhookAddresses
{
    /// <summary>The setting with the addresses and networks that are allowed beside public ones, separated by commas: <c>10.1.2.3,192.168.0.0/16</c>.</summary>
    public const string Variable = "DAS_ADMIN_WEBHOOKS";

    /// <summary>IPv4 that is not everybody's (RFC 6890 and multicast), and one cloud's metadata that lies among public addresses.</summary>
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>All of IPv6 that is given to the public, and within it what leads elsewhere: special purposes (Teredo, too), documentation, 6to4.</summary>
    private static readonly IPNetwork Public6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Closed6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    private readonly IPNetwork[] _allowed;

    /// <exception cref="DasException">The setting lists what is no address or network.</exception>
    public WebhookAddresses(IConfiguration configuration) => _allowed =
    [
        .. (configuration[Variable] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(entry =>
            IPAddress.TryParse(entry, out IPAddress? one) ? new(one, one.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            : IPNetwork.TryParse(entry, out IPNetwork network) ? network
            : throw new DasException(ErrorKind.Usage, $"'{entry}' in {Variable} is neither an address nor a network such as 10.0.0.0/8.")),
    ];

    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (_allowed.Any(network => network.Contains(address))) return true;
        return address.AddressFamily == AddressFamily.InterNetwork ? !Closed.Any(network => network.Contains(address))
            : Public6.Contains(address) && !Closed6.Any(network => network.Contains(address));
    }

    /// <summary>Why nothing is posted to <paramref name="host"/>, an address or a name, as a sentence; null for what is allowed, or is told only when
    /// the name is resolved.</summary>
    public string? Problem(string host)
    {
        bool refused = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) ? !Allows(address)
            : IsLocalhost(host.TrimEnd('.')) && !Allows(IPAddress.Loopback);
        return refused ? Refusal(host) : null;
    }

    /// <summary>Connects to one of the allowed addresses that a name has at this moment, and to no other.</summary>
    /// <exception cref="DasException">It has none.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellation)
    {
        IPAddress[] allowed = [.. (await Dns.GetHostAddressesAsync(host.Host, cancellation)).Where(Allows)];
        if (allowed.Length == 0) throw new DasException(ErrorKind.Usage, Refusal(host.Host));
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, host.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsLocalhost(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static string Refusal(string host) => $"Webhooks are posted to public addresses only, and '{host}' is not at one. Whoever runs the server can "
        + $"allow its address or network with {Variable}.";
}
