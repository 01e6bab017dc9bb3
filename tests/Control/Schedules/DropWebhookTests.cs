using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
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
    [InlineData("https://example.org/hook", true)]
    [InlineData("http://127.0.0.1:9/hook", true)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://example.org/", false)]
    [InlineData("https://user:secret@example.org/", false)]
    [InlineData("/hook", false)]
    public void Only_web_addresses_are_posted_to(string url, bool sound) => Assert.Equal(sound, DropWebhook.Problem(url) is null);

    private static async Task<string?> PostAsync(WebApplication listener)
    {
        ServiceCollection services = new();
        services.AddLogging().AddSchedules(fires: true);
        await using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<DropWebhook>().PostAsync(listener.Urls.Single(), drop, "it fell", Token);
    }

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
