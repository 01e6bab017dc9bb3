using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Site.Access;

public sealed class ApiKeyTests : PipelineTest
{
    [Fact]
    public async Task A_key_opens_the_API_until_it_is_removed_and_only_its_digest_is_kept()
    {
        await using SignInSite site = await StartSignInAsync();
        string key = await site.Keys.AddAsync("ci", Roles.Viewer);
        Assert.Matches("^das_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(site, key)).StatusCode);
        await using (RegistryContext rows = Rows())
        {
            ApiKeyRow row = await rows.ApiKeys.SingleAsync(Token);
            Assert.Equal(64, row.Sha256.Length);
            Assert.DoesNotContain(key[4..], row.Sha256 + row.Name);
            Assert.InRange(row.Used!.Value, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow);
        }
        await site.Keys.RemoveAsync("ci");
        using HttpResponseMessage refused = await GetAsync(site, key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("das keys list", await SignInTests.SentenceAsync(refused));
    }

    [Fact]
    public async Task A_keys_use_is_written_down_once_a_minute()
    {
        await using SignInSite site = await StartSignInAsync();
        string key = await site.Keys.AddAsync("ci", Roles.Viewer);
        await GetAsync(site, key);
        DateTime? first = (await site.Keys.ListAsync()).Single().Used;
        await GetAsync(site, key);
        Assert.Equal(first, (await site.Keys.ListAsync()).Single().Used);
        await using RegistryContext rows = Rows();
        await rows.ApiKeys.ExecuteUpdateAsync(known => known.SetProperty(row => row.Used, DateTime.UtcNow.AddMinutes(-2)), Token);
        await GetAsync(site, key);
        Assert.True((await site.Keys.ListAsync()).Single().Used >= first);
    }

    [Theory]
    [InlineData("das_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("das_")]
    [InlineData("ann")]
    public async Task Another_key_opens_nothing_even_where_no_sign_in_is_needed(string key)
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient program = process.Http;
        program.DefaultRequestHeaders.Authorization = new("Bearer", key);
        await program.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
    }

    [Fact]
    public async Task A_key_in_the_address_is_no_key()
    {
        await using SignInSite site = await StartSignInAsync();
        string key = await site.Keys.AddAsync("ci", Roles.Operator);
        using HttpClient program = new() { BaseAddress = site.Process.Address };
        await program.AnswersAsync(HttpStatusCode.Unauthorized, $"/api/runs?key={key}&access_token={key}");
    }

    private static async Task<HttpResponseMessage> GetAsync(SignInSite site, string key)
    {
        using HttpClient program = new() { BaseAddress = site.Process.Address };
        program.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return await program.GetAsync("/api/runs", Token);
    }
}
