namespace Das.Tests.Site.Api;

public sealed class AskApiTests : PipelineTest
{
    private static string Conversing { get; } = RecipeCatalog.Default().Load("llava-stories/aid").ToCanonicalJson();

    [Fact]
    public async Task A_finished_model_is_asked_with_a_picture_and_what_was_said_before()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync(recipe: Conversing);
        byte[] picture = new byte[AskModel.LongestPicture];
        using HttpResponseMessage answer = await process.Http.PostAsJsonAsync($"/api/runs/{run.ShortId}/ask",
            new { question = "And now?", earlier = new[] { "What?", "A dog." }, image = Convert.ToBase64String(picture), maxTokens = 5 }, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"answer":"You asked: And now?"}""", await answer.Content.ReadAsStringAsync(Token));
        AskModel asked = Assert.Single(process.Answers.Asked);
        Assert.Equal((picture.Length, 5, "A dog."), (asked.Picture.Length, asked.MaxTokens, asked.Earlier[1]));
        await process.Http.PostAsJsonAsync($"/api/runs/{run.Id}/ask", new { question = "Alone?" }, Token);
        Assert.Equal((0, RunQuestion.UsualTokens, 0), (process.Answers.Asked.Last().Picture.Length, process.Answers.Asked.Last().MaxTokens,
            process.Answers.Asked.Last().Earlier.Length));
    }

    [Fact]
    public async Task What_cannot_be_asked_is_answered_with_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync(recipe: Conversing),
            choosing = await process.RunAsync(recipe: RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson());
        await RefusesAsync(HttpStatusCode.BadRequest, "the required key 'question' is missing", run, "{}");
        await RefusesAsync(HttpStatusCode.BadRequest, "'image' must be the bytes of a picture's file in base64.", run,
            """{"question":"What?","image":"a dog!"}""");
        await RefusesAsync(HttpStatusCode.BadRequest, "unknown key 'picture'", run, """{"question":"What?","picture":""}""");
        await RefusesAsync(HttpStatusCode.BadRequest, "at most 8 MiB, this one has 8 MiB", run,
            $$"""{"question":"What?","image":"{{Convert.ToBase64String(new byte[AskModel.LongestPicture + 1])}}"}""");
        await RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "at most 13312 KiB", run, new string(' ', 14 << 20));
        await RefusesAsync(HttpStatusCode.BadRequest, "A vilt chooses among answers", choosing, """{"question":"What?"}""");
        process.Answers.Answer = (_, _) => throw new DasException(ErrorKind.Machine, "The worker is at work.");
        await RefusesAsync(HttpStatusCode.ServiceUnavailable, "The worker is at work.", run, """{"question":"What?"}""");
        using HttpResponseMessage nowhere = await process.Http.PostAsJsonAsync("/api/runs/ffff/ask", new { question = "What?" }, Token);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);

        async Task RefusesAsync(HttpStatusCode status, string sentence, RunView asked, string body)
        {
            using HttpResponseMessage answer = await process.Http.PostAsync($"/api/runs/{asked.Id}/ask",
                new StringContent(body, Encoding.UTF8, "application/json"), Token);
            Assert.Contains(sentence, await SignInTests.SentenceAsync(answer));
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_worker_the_answer_says_so()
    {
        RunView run;
        await using (PipelineProcess whole = await StartAsync()) run = await whole.RunAsync(recipe: Conversing);
        await using PipelineProcess alone = await PipelineProcess.StartAsync(Home.Path, works: false,
            settings: new() { AnswerPatience = TimeSpan.FromMilliseconds(300) });
        using HttpResponseMessage answer = await alone.Http.PostAsJsonAsync($"/api/runs/{run.Id}/ask", new { question = "What?" }, Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("Look whether das worker evaluate runs", await SignInTests.SentenceAsync(answer));
    }
}
