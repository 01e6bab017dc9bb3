using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Tests.Control;

/// <summary>All of the pipeline in one process of its own bus, with fake stages, on a folder that several may share.</summary>
public sealed class PipelineProcess : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PipelineProcess(WebApplication app, FakeStages stages) => (_app, Stages) = (app, stages);

    public FakeStages Stages { get; }
    public RunRegistry Runs => _app.Services.GetRequiredService<RunRegistry>();
    public IBus Bus => _app.Services.GetRequiredService<IBus>();
    public ArtifactStore Store => _app.Services.GetRequiredService<ArtifactStore>();
    public IServiceProvider Services => _app.Services;
    internal FakeAnswers Answers => (FakeAnswers)_app.Services.GetRequiredService<ModelAnswers>();
    internal FakeChecks Checks => (FakeChecks)_app.Services.GetRequiredService<IRunChecks>();

    public Uri Address => new(_app.Urls.Single());

    /// <summary>A client of its site that nobody has signed in with.</summary>
    public HttpClient Http => field ??= new() { BaseAddress = Address };

    /// <summary>How often a stage, or a branch of it, was worked on.</summary>
    public int Worked(string step) => Stages.Worked(step);

    public Task<Guid> BeginAsync(string name = "fake", string recipe = PipelineTest.Fake, bool fresh = false) => Runs.StartAsync(recipe, name, fresh);

    /// <summary>A run from its beginning to its end.</summary>
    public async Task<RunView> RunAsync(string name = "fake", string recipe = PipelineTest.Fake, bool fresh = false) =>
        await WaitAsync(await BeginAsync(name, recipe, fresh));

    public static async Task<PipelineProcess> StartAsync(string home, Action<FakeStages>? stages = null, BusSettings? settings = null,
        ControlOptions? options = null, bool drives = true, bool works = true,
        Action<IServiceCollection>? services = null, PipelineStages? pipeline = null, Type? answers = null, params (string Name, string Value)[] configuration)
    {
        FakeStages fakes = new();
        pipeline ??= PipelineStages.Das;
        stages?.Invoke(fakes);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        foreach ((string name, string value) in configuration) builder.Configuration[name] = value;
        DasHome folder = new(home);
        services?.Invoke(builder.Services);
        builder.Services.AddSingleton(folder).AddSingleton(fakes).AddSingleton(pipeline);
        builder.Services.AddPipelineBus(settings ?? new() { RetryDelays = [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)] }, bus =>
        {
            foreach (PipelineStage stage in works ? pipeline.All : [])
                bus.AddStage(stage.Name, typeof(FakeStage<,>).MakeGenericType(stage.GetType().GetGenericArguments()));
            if (works) bus.AddAnswers(answers ?? typeof(FakeAnswers));
            if (drives) bus.AddControl(folder, options ?? new() { Poll = TimeSpan.FromMilliseconds(100) });
        });
        builder.Services.AddSingleton<IRunChecks>(new FakeChecks());
        if (drives) builder.AddSite();
        WebApplication app = builder.Build();
        if (drives) app.MapSite();
        await app.StartAsync();
        return new(app, fakes);
    }

    public Task<RunView> WaitAsync(Guid run) => Runs.WaitAsync(run, null, Token).WaitAsync(TimeSpan.FromSeconds(20));

    public async Task<RunView> SucceedAsync(Guid run)
    {
        RunView ended = await WaitAsync(run);
        Assert.True(ended.Succeeded, ended.Error);
        return ended;
    }

    /// <summary>Waits until the registry shows what is asked for.</summary>
    public async Task<RunView> UntilAsync(Guid run, Func<RunView, bool> holds)
    {
        for (int look = 0; look < 200; look++)
        {
            if (await Runs.FindAsync(run) is { } view && holds(view)) return view;
            await Task.Delay(50);
        }
        throw new TimeoutException($"It never came to that: {await Runs.FindAsync(run)}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
