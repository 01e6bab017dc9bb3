using Das.Tests.Shared;

namespace Das.Tests.Pipeline;

/// <summary>The built program serves a site, and a finished model answers behind it.</summary>
public sealed class AskedProcessTests(RabbitMqBroker broker) : FolderTest, IClassFixture<RabbitMqBroker>
{
    private readonly List<Process> services = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_served_site_has_a_finished_model_answer(bool overBroker)
    {
        BusSettings settings = overBroker ? await broker.SettingsAsync() : new();
        (Recipe recipe, ArtifactRef finetuned) = FinishedDecoders.Write(folder["artifacts"], folder["llama.safetensors"]);
        Guid run = FinishedDecoders.AddRun(folder.Path, recipe, finetuned);
        (string, string)[] bus = [("DAS_BUS__TRANSPORT", settings.Transport), ("DAS_BUS__HOST", settings.Host),
            ("DAS_BUS__PORT", settings.Port.ToString(CultureInfo.InvariantCulture))];
        using HttpClient site = new() { BaseAddress = await DasProcess.ListeningAsync(Start(DasProcess.Serving)) };
        if (overBroker)
        {
            Assert.Contains("No worker that answers is connected", await AskAsync());
            Process worker = Start("worker", PipelineStages.Evaluate);
            worker.BeginOutputReadLine();
            worker.BeginErrorReadLine();
        }
        string said = await AskAsync();
        for (Stopwatch waited = Stopwatch.StartNew(); said.Contains("No worker") && waited.Elapsed < TimeSpan.FromMinutes(1); said = await AskAsync())
            await Task.Delay(200, Token);
        using FinishedDecoder alone = new(Path.Combine(folder["artifacts"], Path.GetDirectoryName(finetuned.Uri)!, ResultFiles.Checkpoint), recipe.Backbone,
            "cpu");
        Assert.Equal(alone.Answer([], "Where is the sun?", default, 5, Token), (string?)JsonNode.Parse(said)!["answer"]);

        Process Start(params string[] arguments)
        {
            services.Add(DasProcess.Start(folder.Path, arguments, bus));
            return services[^1];
        }

        async Task<string> AskAsync()
        {
            using HttpResponseMessage answer = await site.PostAsJsonAsync($"/api/runs/{run}/ask", new { question = "Where is the sun?", maxTokens = 5 }, Token);
            return await answer.Content.ReadAsStringAsync(Token);
        }
    }

    public override void Dispose()
    {
        DasProcess.Kill(services);
        base.Dispose();
    }
}
