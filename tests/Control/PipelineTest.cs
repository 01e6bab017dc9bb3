namespace Das.Tests.Control;

/// <summary>Tests of pipelines with fake stages on a home that they share.</summary>
public abstract class PipelineTest : IDisposable
{
    /// <summary>A recipe that is enough for fake stages.</summary>
    public const string Fake = """{"name":"fake"}""";

    protected TemporaryFolder Home { get; } = new();

    /// <summary>The stages and their order; null: the usual ones.</summary>
    protected virtual PipelineStages? Pipeline => null;

    public virtual void Dispose() => Home.Dispose();

    protected Task<PipelineProcess> StartAsync(Action<FakeStages>? stages = null, BusSettings? settings = null, ControlOptions? options = null,
        params (string Name, string Value)[] configuration) =>
        PipelineProcess.StartAsync(Home.Path, stages, settings, options, pipeline: Pipeline, configuration: configuration);

    private protected Task<SignInSite> StartSignInAsync() => SignInSite.StartAsync(Home.Path);

    private protected RegistryContext Rows() => new RegistryDatabase(new(Home.Path)).CreateDbContext();

    /// <summary>The registry as a process sees it that drives no runs.</summary>
    private protected ServiceProvider Registry() => SignInSite.RegistryOf(Home.Path);
}
