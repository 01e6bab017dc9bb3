namespace Das.Tests.Site;

internal static class HttpAnswers
{
    public static async Task AnswersAsync(this HttpClient client, HttpStatusCode status, string address)
    {
        using HttpResponseMessage answer = await client.GetAsync(address, Token);
        Assert.Equal(status, answer.StatusCode);
    }
}
