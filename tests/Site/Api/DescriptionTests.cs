using Microsoft.Data.Sqlite;

namespace Das.Tests.Site.Api;

public sealed class DescriptionTests : PipelineTest
{
    private static readonly string[] methods = ["get", "post", "put", "delete", "patch"];

    [Fact]
    public async Task Every_operation_is_described()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        JsonObject paths = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json", Token))!["paths"]!.AsObject();
        foreach (string path in new[] { "/api/runs", "/api/runs/{id}", "/api/runs/{id}/events", "/api/runs/{id}/ask", "/api/runs/{id}/artifacts/{stage}/{file}",
            "/api/recipes", "/api/events", "/api/schedules", "/api/schedules/{id}/run" }) Assert.True(paths.ContainsKey(path),
            $"{path} is not among {string.Join(", ", paths.Select(known => known.Key))}");
        foreach ((string path, JsonNode? operations) in paths)
        {
            Assert.StartsWith("/api/", path);
            foreach ((string method, JsonNode? operation) in operations!.AsObject().Where(member => methods.Contains(member.Key)))
                Assert.False(string.IsNullOrWhiteSpace((string?)operation!["summary"]), $"{method} {path} has no summary");
        }
    }

    [Fact]
    public async Task A_site_whose_registry_cannot_be_written_lives_and_is_not_ready()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready", Token));
        await using SqliteConnection writer = new($"Data Source={Home["registry.db"]};Pooling=False");
        await writer.OpenAsync(Token);
        using (SqliteCommand hold = new("BEGIN IMMEDIATE", writer)) await hold.ExecuteNonQueryAsync(Token);
        await http.AnswersAsync(HttpStatusCode.ServiceUnavailable, "/health/ready");
        Assert.Equal("Healthy", await http.GetStringAsync("/health/live", Token));
        using (SqliteCommand let = new("ROLLBACK", writer)) await let.ExecuteNonQueryAsync(Token);
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Token));
    }

    [Fact]
    public async Task Prometheus_finds_the_runs_by_state_and_how_long_stages_took()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("finetune", (workspace, _) =>
            workspace.RunId == Guid.Empty ? Task.CompletedTask : throw new InvalidDataException("It is broken.")));
        HttpClient http = process.Http;
        await process.RunAsync();
        string metrics = await http.GetStringAsync("/metrics", Token);
        Assert.Matches("""das_runs\{[^}]*state="Failed"[^}]*\} 1(\s|$)""", metrics);
        Assert.Matches("""das_runs\{[^}]*state="Completed"[^}]*\} 0(\s|$)""", metrics);
        Assert.Matches("""das_stage_duration_seconds_count\{[^}]*stage="search"[^}]*\} 1(\s|$)""", metrics);
        Assert.Matches("""das_stage_failures_total\{[^}]*stage="finetune"[^}]*\} 1(\s|$)""", metrics);
        Assert.Contains("das_runs_waiting", metrics);
        Assert.Contains("das_progress_age_seconds", metrics);
        Assert.Contains("dotnet_process_memory_working_set", metrics);
    }
}
