using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Das.Tests.Control;

public sealed class TracingTests : PipelineTest
{
    private readonly List<Activity> _spans = [];
    private readonly TracerProvider _tracing;

    public TracingTests() => _tracing = Sdk.CreateTracerProviderBuilder().AddSource(RunTracing.SourceName).AddInMemoryExporter(_spans).Build();

    public override void Dispose()
    {
        _tracing.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task A_run_is_one_trace_with_a_span_for_each_stage_and_the_runs_id()
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = (await process.RunAsync()).Id;
        Activity[] spans = Of(id);
        Assert.Equal(["ingest", "search", "finetune", "evaluate"], spans.Select(span => span.DisplayName));
        Assert.All(spans, span =>
        {
            Assert.Equal(id.ToString("N"), span.GetTagItem(RunTracing.Run));
            Assert.Equal(("finished", false), (span.GetTagItem(RunTracing.Outcome), span.GetTagItem(RunTracing.Reused)));
            Assert.Equal(64, ((string)span.GetTagItem(RunTracing.Key)!).Length);
        });
        Guid second = (await process.RunAsync()).Id;
        Assert.All(Of(second), span => Assert.Equal(true, span.GetTagItem(RunTracing.Reused)));
    }

    [Fact]
    public async Task A_retried_run_stays_in_its_trace()
    {
        await using PipelineProcess process = await StartAsync(stages =>
            stages.On("search", (_, _) => throw new InvalidDataException("It is broken.")));
        Guid id = (await process.RunAsync()).Id;
        process.Stages.Behave("search");
        await process.Runs.RetryAsync(id);
        await process.WaitAsync(id);
        Activity[] spans = Of(id);
        Assert.Equal(["ingest", "search", "search", "finetune", "evaluate"], spans.Select(span => span.DisplayName));
        Assert.Equal(("failed", ActivityStatusCode.Error, "It is broken."),
            (spans[1].GetTagItem(RunTracing.Outcome), spans[1].Status, spans[1].StatusDescription));
    }

    private Activity[] Of(Guid run)
    {
        _tracing.ForceFlush();
        return [.. _spans.Where(span => span.TraceId == RunTracing.TraceOf(run) && span.TraceId.ToHexString() == run.ToString("N"))
            .OrderBy(span => span.StartTimeUtc)];
    }
}
