using System.Net.Sockets;
using Das.Cli.Doctor;

namespace Das.Tests.Cli;

[Collection(nameof(DasHome))]
public class DoctorTests : FolderTest
{
    private static Task<Check> BrokerAsync(params (string Name, string Value)[] variables) =>
        BusChecks.BrokerAnswersAsync(name => variables.FirstOrDefault(variable => variable.Name == name).Value, Token);

    [Fact]
    public async Task On_a_machine_that_is_ready_every_line_is_ticked()
    {
        using var home = new DasHome();
        var result = await CommandLine.RunAsync("doctor");
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("✓ ", line));
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.Path));
    }

    [Fact]
    public async Task As_json_it_is_one_object()
    {
        using var home = new DasHome();
        var result = await CommandLine.RunAsync("doctor", "--json");
        Assert.True((bool?)result.Json["ready"]);
        Assert.Equal(8, result.Json["checks"]!.AsArray().Count);
    }

    [Fact]
    public void Torch_loads_and_multiplies() => Assert.True(TorchChecks.Loads() is { Ok: true, Cure: null } check, TorchChecks.Loads().Finding);

    [Fact]
    public async Task Without_a_transport_there_is_no_broker_to_reach() =>
        Assert.Equal(new Check("broker", true, "not configured: in-process bus"), await BrokerAsync());

    [Fact]
    public async Task A_broker_that_answers_is_ticked()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        Assert.Equal(new Check("broker", true, $"127.0.0.1:{port} answers"),
            await BrokerAsync(("DAS_BUS__TRANSPORT", "RabbitMq"), ("DAS_BUS__HOST", "127.0.0.1"), ("DAS_BUS__PORT", port)));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("70000")]
    [InlineData("amqp")]
    public async Task A_broker_that_cannot_be_reached_comes_with_the_cure(string port)
    {
        var check = await BrokerAsync(("DAS_BUS__TRANSPORT", "rabbitmq"), ("DAS_BUS__HOST", "127.0.0.1"), ("DAS_BUS__PORT", port));
        Assert.False(check.Ok);
        Assert.NotNull(check.Cure);
    }

    [Fact]
    public void A_home_that_is_a_file_comes_with_the_cure() => Assert.True(DiskChecks.Writable(folder.Write("file", "")) is { Ok: false, Cure: not null });

    [Fact]
    public void A_home_that_was_not_there_is_not_left_behind()
    {
        string home = folder["home"];
        Assert.True(DiskChecks.Writable(home).Ok);
        Assert.False(Directory.Exists(home));
    }
}
