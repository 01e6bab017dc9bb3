namespace Das.Cli;

/// <summary>The pipeline as the verbs see it: runs in this process or on the bus that the settings name.</summary>
public class PipelineHost
{
    /// <summary>Starts a run and returns its id.</summary>
    /// <param name="recipeJson">The recipe as canonical JSON.</param>
    /// <param name="name">What lists call the run.</param>
    /// <param name="fresh">Compute every stage anew.</param>
    public virtual Task<Guid> StartAsync(string recipeJson, string name, bool fresh) => throw NotConnected();

    /// <summary>Reports progress until the run has ended, and returns how it ended.</summary>
    public virtual Task<RunView> WatchAsync(Guid id, Action<ProgressView> report, CancellationToken cancellationToken) => throw NotConnected();

    /// <summary>Every run, the latest first.</summary>
    public virtual Task<IReadOnlyList<RunView>> ListAsync() => throw NotConnected();

    /// <summary>The run with its stages and metrics; null if there is none.</summary>
    public virtual Task<RunView?> FindAsync(Guid id) => throw NotConnected();

    /// <summary>Asks every worker to stop the run's work; returns at once.</summary>
    public virtual Task CancelAsync(Guid id) => throw NotConnected();

    /// <summary>Goes on with a failed or cancelled run from the stage where it ended; returns at once.</summary>
    public virtual Task RetryAsync(Guid id) => throw NotConnected();

    /// <summary>Trains a backbone from nothing and writes it to the recipe's <c>backbone.checkpoint</c>; resumes an earlier attempt.</summary>
    /// <returns>The file written.</returns>
    public virtual Task<string> PretrainAsync(string recipeJson, Action<ProgressView> report, CancellationToken cancellationToken) => throw NotConnected();

    /// <summary>Serves the status page, the saga and the registry until cancelled; ends quietly then.</summary>
    /// <param name="urls">Where to listen, separated by semicolons.</param>
    /// <param name="cancellationToken">Ends the service.</param>
    public virtual Task ServeAsync(string urls, CancellationToken cancellationToken) => throw NotConnected();

    /// <summary>Works on one stage's commands until cancelled; ends quietly then.</summary>
    public virtual Task WorkerAsync(string stage, CancellationToken cancellationToken) => throw NotConnected();

    private static NotSupportedException NotConnected() => new("not connected yet");
}
