using Das.Benchmarks.Tasks;
using Das.Bus;
using Das.Cli.Checks;
using Das.Control;
using Das.Control.Access;
using Das.Control.History;
using Das.Control.Runs;
using Das.Control.Telemetry;
using Das.Evaluate;
using Das.Finetune;
using Das.Ingest;
using Das.Search;
using Das.Site;
using Das.Stages;
using Das.Training;
using Das.Training.Hub;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Cli.Hosting;

/// <summary>
/// The pipeline as the verbs see it. On the in-memory transport the process that starts or retries a run drives it, with
/// all stages in it; on a broker the verbs write wishes into the registry and <c>das serve</c> drives.
/// </summary>
public class PipelineHost : IAsyncDisposable
{
    /// <summary>Stage → its class.</summary>
    public static IReadOnlyDictionary<string, Type> Stages { get; } = new Dictionary<string, Type>
    {
        [PipelineStages.Ingest] = typeof(IngestStage),
        [PipelineStages.Search] = typeof(SearchStage),
        [PipelineStages.Finetune] = typeof(FinetuneStage),
        [PipelineStages.Evaluate] = typeof(EvaluateStage),
    };

    private readonly Lazy<BusSettings> settings = new(BusSettings.FromEnvironment);
    private IHost? driving;
    private ServiceProvider? looking;

    /// <summary>What keeps a run of the recipe from being started.</summary>
    public virtual Task<IReadOnlyList<Flaw>> FlawsAsync(Recipe recipe, CancellationToken cancellation) => Checks.FlawsAsync(recipe, cancellation);

    /// <summary>The same, and what a run would do.</summary>
    public virtual Task<RunPlan> PlanAsync(Recipe recipe, bool fresh, CancellationToken cancellation) => Checks.PlanAsync(recipe, fresh, cancellation);

    /// <summary>The recipe's dataset, ingested where no run has done that yet; runs take it from there.</summary>
    public virtual async Task<DatasetManifest> IngestAsync(Recipe recipe, Action<ProgressView> report, CancellationToken cancellation)
    {
        ArtifactStore store = Registry().GetRequiredService<ArtifactStore>();
        IngestStage stage = new();
        IngestDataset command = new(Guid.NewGuid(), recipe.ToCanonicalJson(), Fresh: false);
        StageJob job = stage.Read(command);
        StageRunner runner = new(store, (progress, _) =>
        {
            report(new(progress.Stage, RunStatus.Running, progress.Done, progress.Total, progress.Note));
            return Task.CompletedTask;
        }, StageSettings.FromEnvironment());
        return DatasetManifest.Load(store.FolderOf((await runner.RunAsync(job.Request(stage, command), job.RunAsync, cancellation)).Artifact));
    }

    /// <summary>Starts a run and returns its id.</summary>
    /// <param name="recipeJson">The recipe as canonical JSON.</param>
    /// <param name="name">What lists call the run.</param>
    /// <param name="fresh">Compute every stage anew.</param>
    public virtual async Task<Guid> StartAsync(string recipeJson, string name, bool fresh) => await (await DrivingAsync()).StartAsync(recipeJson, name, fresh);

    /// <summary>Reports progress until the run has ended, and returns how it ended.</summary>
    public virtual async Task<RunView> WatchAsync(Guid id, Action<ProgressView> report, CancellationToken cancellationToken)
    {
        HashSet<(string Stage, RunStatus Status)> told = [];
        Control.Runs.RunView ended = await (await DrivingAsync()).WaitAsync(id, run => Report(run, told, report), cancellationToken);
        return WithFiles(View(ended), ended);
    }

    /// <summary>Every run, the latest first.</summary>
    public virtual async Task<IReadOnlyList<RunView>> ListAsync() => [.. (await Looking().ListAsync()).Select(View)];

    /// <summary>The run with its stages and metrics; null if there is none.</summary>
    public virtual async Task<RunView?> FindAsync(Guid id) => await Looking().FindAsync(id) is { } run ? WithFiles(View(run), run) : null;

    /// <summary>Reads every byte of a run's results, or of everything in the store.</summary>
    /// <param name="run">The run; null for everything.</param>
    /// <param name="report">Told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    public virtual async Task<VerifiedStore> VerifyAsync(Guid? run, Action<ProgressView> report, CancellationToken cancellation)
    {
        IReadOnlyList<Control.Runs.RunView> runs = run is { } id ? [(await Looking().FindAsync(id))!] : await Looking().ListAsync(int.MaxValue);
        StoreVerification verification = new(DasHome.FromEnvironment().Artifacts, runs, all: run is null);
        return await Task.Run(() => verification.Verify((done, total, file) => report(new("verify", RunStatus.Running, done, total, file)), cancellation),
            cancellation);
    }

    /// <summary>Asks every worker to stop the run's work; returns at once.</summary>
    public virtual Task CancelAsync(Guid id) => Looking().CancelAsync(id);

    /// <summary>Goes on with a failed, cancelled or interrupted run from the stage where it ended; returns at once.</summary>
    public virtual async Task RetryAsync(Guid id) => await (await DrivingAsync()).RetryAsync(id);

    /// <summary>Trains a backbone from nothing, or what stands on frozen towers, and writes it to the recipe's output folder; resumes an earlier attempt with
    /// the same values.</summary>
    /// <returns>The file written.</returns>
    public virtual Task<string> PretrainAsync(PretrainRecipe recipe, Action<ProgressView> report, CancellationToken cancellationToken) => Task.Run(() =>
    {
        using Pretraining pretraining = new(recipe);
        string values = Digest.Of(CanonicalJson.Of(recipe, StrictJson.Options));
        pretraining.Run(Path.Combine(DasHome.FromEnvironment().Made().Root, recipe.Name, values[..16]), (done, total, loss) => report(new("pretrain",
            RunStatus.Running, done, total, float.IsNaN(loss) ? "pictures through the frozen tower" : $"loss {loss:0.000}")), cancellationToken);
        return Path.Combine(recipe.Output, Pretraining.CheckpointFile);
    }, cancellationToken);

    /// <summary>Serves the pages, the HTTP API, the saga and the registry until cancelled; ends quietly then.</summary>
    /// <param name="urls">Where to listen, separated by semicolons.</param>
    /// <param name="cancellationToken">Ends the service.</param>
    /// <exception cref="DasException">The site would be reachable from elsewhere, and nobody could sign in.</exception>
    public virtual async Task ServeAsync(string urls, CancellationToken cancellationToken)
    {
        for (bool lost = true; lost;)
        {
            await using WebApplication app = Site(WebApplication.CreateBuilder(), urls, new ControlOptions());
            BusWatch? watch = app.Services.GetService<BusWatch>();
            await app.CheckSignInAsync();
            await app.RunAsync(cancellationToken);
            lost = watch?.Lost == true;
        }
    }

    /// <summary>Serves the HTTP API to this process alone, on a loopback port that the system chooses. Schedules do not fire here.</summary>
    public virtual async Task<LocalSite> ServeHereAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        builder.Configuration.AddInMemoryCollection(SiteModule.ForThisProcess);
        WebApplication app = Site(builder, "http://127.0.0.1:0", new ControlOptions { Adopt = false });
        await app.StartAsync();
        return new(app);
    }

    /// <summary>That the registry is gone while results lie beside it, as a sentence; null where nothing is missing.</summary>
    public virtual Task<string?> LostRegistryAsync() => Rebuild.LostAsync();

    /// <summary>Adds to the registry what lies in the store and it does not know.</summary>
    public virtual Task<RebuiltRegistry> RebuildRegistryAsync() => Rebuild.RebuildAsync();

    /// <summary>Who may sign in.</summary>
    public UserAccounts Users => Registry().GetRequiredService<UserAccounts>();

    /// <summary>What programs use the HTTP API with.</summary>
    public ApiKeys Keys => Registry().GetRequiredService<ApiKeys>();

    /// <summary>Works on one stage's commands until cancelled; ends quietly then.</summary>
    /// <exception cref="DasException">The transport is the in-memory one.</exception>
    public virtual async Task WorkerAsync(string stage, CancellationToken cancellationToken)
    {
        if (settings.Value.InMemory)
            throw new DasException(ErrorKind.Usage,
                "A worker needs a broker: set DAS_BUS__TRANSPORT=rabbitmq and DAS_BUS__HOST. Without one, das run and das serve do all "
                + "stages themselves.");
        for (bool lost = true; lost;)
        {
            HostApplicationBuilder builder = Host.CreateApplicationBuilder();
            builder.Services.AddPipelineTelemetry($"das-{stage}").AddPipelineBus(settings.Value, bus => AddWorker(bus, stage));
            using IHost host = builder.Build();
            BusWatch watch = host.Services.GetRequiredService<BusWatch>();
            await host.RunAsync(cancellationToken);
            lost = watch.Lost;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (driving is not null)
        {
            await driving.StopAsync();
            driving.Dispose();
        }
        if (looking is not null) await looking.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The registry of a process that drives what it starts, or, on a broker, of one that leaves that to <c>das serve</c>.</summary>
    private async Task<RunRegistry> DrivingAsync()
    {
        if (!settings.Value.InMemory) return Looking();
        if (driving is null)
        {
            HostApplicationBuilder builder = Host.CreateApplicationBuilder();
            builder.Logging.SetMinimumLevel(LogLevel.Critical);
            builder.Services.AddPipelineTelemetry("das").AddPipelineBus(settings.Value, bus => AddDriver(bus, new ControlOptions { Adopt = false }));
            driving = builder.Build();
            await driving.StartAsync();
        }
        return driving.Services.GetRequiredService<RunRegistry>();
    }

    private IRunChecks Checks => Registry().GetRequiredService<IRunChecks>();

    private RegistryRebuild Rebuild => ActivatorUtilities.CreateInstance<RegistryRebuild>(Registry());

    private RunRegistry Looking() => Registry().GetRequiredService<RunRegistry>();

    private IServiceProvider Registry() => driving?.Services
        ?? (looking ??= new ServiceCollection().AddLogging()
            .AddRunRegistry(DasHome.FromEnvironment(), settings.Value, new() { Decided = ModelHub.DecidedAsync })
            .AddSingleton<IRunChecks>(NewChecks).BuildServiceProvider());

    private static RunChecks NewChecks(IServiceProvider services) => ActivatorUtilities.CreateInstance<RunChecks>(services,
        Stages.ToDictionary(stage => stage.Key, stage => (Stage)ActivatorUtilities.CreateInstance(services, stage.Value)));

    private WebApplication Site(WebApplicationBuilder builder, string urls, ControlOptions options)
    {
        builder.WebHost.UseUrls(urls.Split(';'));
        builder.AddSite(fires: options.Adopt);
        builder.Services.AddPipelineBus(settings.Value, bus => AddDriver(bus, options));
        WebApplication app = builder.Build();
        app.MapSite();
        return app;
    }

    private void AddDriver(IBusRegistrationConfigurator bus, ControlOptions options)
    {
        bus.AddControl(DasHome.FromEnvironment(), options with
        {
            AutoDevice = Devices.Auto(), AutoPrecision = Precisions.Auto(), Decided = ModelHub.DecidedAsync,
        });
        bus.AddSingleton<IRunChecks>(NewChecks);
        if (!settings.Value.InMemory) return;
        foreach (string name in Stages.Keys) AddWorker(bus, name);
    }

    /// <summary>Who evaluates models also answers questions to them: what that takes is there.</summary>
    private static void AddWorker(IBusRegistrationConfigurator bus, string stage)
    {
        bus.AddStage(stage, Stages[stage]);
        if (stage == PipelineStages.Evaluate) bus.AddAnswers(typeof(AskedModels));
    }

    /// <summary>Hands on a running stage's progress, and every other change of a stage once.</summary>
    private static void Report(Control.Runs.RunView run, HashSet<(string, RunStatus)> told, Action<ProgressView> report)
    {
        foreach (Control.Runs.StageView stage in run.Stages)
        {
            RunStatus status = StatusOf(stage.State);
            if (status == RunStatus.Running && run.Progress is { } progress && progress.Stage == stage.Stage)
                report(new(stage.Stage, status, progress.Done, progress.Total, progress.Note));
            else if (told.Add((stage.Stage, status))) report(new(stage.Stage, status, 0, 0, stage.Reused ? "reused" : ""));
        }
    }

    private static RunView View(Control.Runs.RunView run) => new(run.Id, run.Name, run.State, Utc(run.Created))
    {
        Recipe = run.Recipe,
        Precision = Recipe.PrecisionOf(run.Recipe),
        Ended = run.Finished is { } finished ? Utc(finished) : null,
        SkipModule = run.SkipModule,
        Metrics = run.Metrics,
        Error = run.Error,
        RetryHelps = run.RetryHelps,
        Finetuned = run.Artifacts.GetValueOrDefault(PipelineStages.Finetune),
        Evaluation = run.Artifacts.GetValueOrDefault(PipelineStages.Evaluate),
        Report = run.Artifacts.TryGetValue(PipelineStages.Evaluate, out var report)
            ? Path.Combine(DasHome.FromEnvironment().Artifacts, Path.GetDirectoryName(report.Uri)!, ResultFiles.Report) : null,
        Stages = [.. run.Stages.Select(stage => new StageView(stage.Stage, StatusOf(stage.State),
            stage.Started is { } started ? Utc(started) : null, stage.Finished is { } ended ? Utc(ended) : null, stage.Reused,
            run.Artifacts.TryGetValue(stage.Stage, out var result) ? result.Uri : null))],
    };

    private static RunView WithFiles(RunView view, Control.Runs.RunView run)
    {
        var left = StageFiles.Of(run, new(DasHome.FromEnvironment().Artifacts)).ToDictionary(files => files.Stage);
        return view with
        {
            Stages = [.. view.Stages.Select(stage => left.TryGetValue(stage.Stage, out StageFiles? files)
                ? stage with { Missing = files.Missing.Length > 0 ? files.Missing : null, Making = files.Making } : stage)],
        };
    }

    private static RunStatus StatusOf(StageStatus state) => state switch
    {
        StageStatus.Finished or StageStatus.Given => RunStatus.Completed,
        StageStatus.Failed => RunStatus.Failed,
        StageStatus.Cancelled => RunStatus.Cancelled,
        _ => RunStatus.Running,
    };

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
