using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Das.Tests.Control.Schedules;

public sealed class DropWebhookTests
{
    private static readonly AccuracyDropped drop = new(Guid.NewGuid(), "nightly", Guid.NewGuid(), Guid.NewGuid(), "accuracy", 0.75, 0.5, 0.001);

    [Fact]
    public async Task A_drop_is_posted_as_json_and_once_more_where_the_first_time_failed()
    {
        List<JsonNode> heard = [];
        await using WebApplication listener = await ListenAsync(async context =>
        {
            heard.Add((await JsonNode.ParseAsync(context.Request.Body, cancellationToken: Token))!);
            if (heard.Count == 1) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        });
        Assert.Null(await PostAsync(listener));
        Assert.Equal(2, heard.Count);
        Assert.Equal(("it fell", "accuracyDropped", drop.RunId, 0.5),
            ((string)heard[1]["text"]!, (string)heard[1]["event"]!, (Guid)heard[1]["runId"]!, (double)heard[1]["after"]!));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_refusal_is_told()
    {
        int elsewhere = 0;
        await using WebApplication other = await ListenAsync(_ =>
        {
            elsewhere++;
            return Task.CompletedTask;
        });
        await using WebApplication listener = await ListenAsync(context =>
        {
            context.Response.Redirect(other.Urls.Single());
            return Task.CompletedTask;
        });
        Assert.Equal("The webhook answered 302.", await PostAsync(listener));
        Assert.Equal(0, elsewhere);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("0x7f.1")]
    public async Task A_name_that_leads_to_this_machine_is_refused_when_it_is_connected_to(string host)
    {
        int heard = 0;
        await using WebApplication listener = await ListenAsync(_ =>
        {
            heard++;
            return Task.CompletedTask;
        });
        string? told = await PostAsync(new UriBuilder(listener.Urls.Single()) { Host = host }.Uri.ToString(), allowed: null);
        Assert.Contains("Webhooks are posted to public addresses only", told);
        Assert.Contains(WebhookAddresses.Variable, told);
        Assert.Equal(0, heard);
    }

    [Theory]
    [InlineData("https://example.org/hook", true)]
    [InlineData("https://93.184.215.14/hook", true)]
    [InlineData("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/hook", true)]
    [InlineData("http://10.1.2.3/hook", true)]
    [InlineData("http://10.2.2.3/hook", false)]
    [InlineData("http://127.0.0.1:9/hook", false)]
    [InlineData("http://2130706433/", false)]
    [InlineData("http://localhost:9/hook", false)]
    [InlineData("http://db.localhost./hook", false)]
    [InlineData("http://169.254.169.254/latest/meta-data", false)]
    [InlineData("http://168.63.129.16/", false)]
    [InlineData("http://100.100.100.200/", false)]
    [InlineData("http://172.31.0.1/", false)]
    [InlineData("http://192.168.1.1/", false)]
    [InlineData("http://224.0.0.1/", false)]
    [InlineData("http://255.255.255.255/", false)]
    [InlineData("http://[::]/", false)]
    [InlineData("http://[::1]/", false)]
    [InlineData("http://[::ffff:192.168.1.1]/", false)]
    [InlineData("http://[::ffff:10.1.2.3]/", true)]
    [InlineData("http://[fe80::1]/", false)]
    [InlineData("http://[fd00:ec2::254]/", false)]
    [InlineData("http://[ff02::1]/", false)]
    [InlineData("http://[64:ff9b::7f00:1]/", false)]
    [InlineData("http://[2002:7f00:1::]/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://example.org/", false)]
    [InlineData("https://user:secret@example.org/", false)]
    [InlineData("/hook", false)]
    public void Only_public_and_allowed_web_addresses_are_posted_to(string url, bool sound) =>
        Assert.Equal(sound, DropWebhook.Problem(url, new(Allowing("10.1.0.0/16"))) is null);

    [Fact]
    public void An_allowance_that_is_no_address_is_refused() =>
        Assert.Contains("'inside' in DAS_ADMIN_WEBHOOKS is neither", Refuses.Usage(() => new WebhookAddresses(Allowing("10.0.0.0/8, inside"))).Message);

    private static Task<string?> PostAsync(WebApplication listener) => PostAsync(listener.Urls.Single(), "127.0.0.0/8");

    private static async Task<string?> PostAsync(string url, string? allowed)
    {
        ServiceCollection services = new();
        services.AddSingleton(Allowing(allowed)).AddLogging().AddSchedules(fires: true);
        await using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<DropWebhook>().PostAsync(url, drop, "it fell", Token);
    }

    private static IConfiguration Allowing(string? addresses) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(WebhookAddresses.Variable, addresses)]).Build();

    private static async Task<WebApplication> ListenAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication listener = builder.Build();
        listener.Run(answer);
        await listener.StartAsync(Token);
        return listener;
    }
}
