using Microsoft.Extensions.Configuration;

namespace Das.Tests.Shared;

public sealed class BusTests
{
    [Fact]
    public void Without_settings_everything_runs_in_one_process() => Assert.True(From([]).InMemory);

    [Fact]
    public void Settings_come_from_the_configuration()
    {
        BusSettings settings = From(new() { ["BUS:TRANSPORT"] = "RabbitMQ", ["Bus:Host"] = "broker", ["Bus:Port"] = "5673", ["Bus:User"] = "das",
            ["Bus:VirtualHost"] = "das" });
        Assert.Equal(("rabbitmq", "broker", 5673, "das", "guest", "das"),
            (settings.Transport, settings.Host, settings.Port, settings.User, settings.Password, settings.VirtualHost));
    }

    [Theory]
    [InlineData("Bus:Transport", "kafka", "Known: memory, rabbitmq")]
    [InlineData("Bus:Port", "70000", "DAS_BUS__PORT")]
    [InlineData("Bus:Host", " ", "DAS_BUS__HOST")]
    public void A_setting_that_cannot_be_used_is_named(string name, string value, string expected)
    {
        DasException refused = Assert.Throws<DasException>(() => From(new() { ["Bus:Transport"] = "rabbitmq", [name] = value }));
        Assert.Contains(expected, refused.Message);
    }

    [Fact]
    public void Only_faults_that_pass_by_themselves_are_tried_again()
    {
        Assert.All<Exception>([new IOException(), new HttpRequestException(), new TimeoutException(), new TaskCanceledException("slow", new TimeoutException()),
            new InvalidOperationException("", new IOException())],
            fault => Assert.True(Faults.IsTransient(fault), fault.ToString()));
        Assert.All<Exception>([new DasException(ErrorKind.Storage, "", new IOException()), new FileNotFoundException(), new InvalidDataException(),
            new OperationCanceledException(), new ArithmeticException()],
            fault => Assert.False(Faults.IsTransient(fault), fault.ToString()));
    }

    private static BusSettings From(Dictionary<string, string?> values) =>
        BusSettings.From(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
