using MassTransit;

namespace Das.Bus;

/// <summary>
/// Which runs this worker must not work on. A cancellation ends the commands of its attempt and of those before, also one that arrives later; a command
/// of a later attempt is a retry and is worked on. A question to a finished model has an id of its own here, like a run.
/// </summary>
public sealed class RunCancellations
{
    private const int Remembered = 10_000;
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<Guid, int> _cancelled = [];
    private readonly List<Work> _running = [];

    /// <summary>Something is being worked on.</summary>
    public bool Any { get { lock (_gate) return _running.Count > 0; } }

    /// <summary>Ends the run's work.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="attempt">Up to which of its attempts; null for what is under way at this moment.</param>
    public void Cancel(Guid runId, int? attempt)
    {
        Work[] ended;
        lock (_gate)
        {
            if (attempt is { } last)
            {
                if (_cancelled.Count >= Remembered) _cancelled.RemoveAt(0);
                _cancelled[runId] = Math.Max(last, _cancelled.GetValueOrDefault(runId));
            }
            ended = [.. _running.Where(work => work.RunId == runId && (attempt is null || work.Attempt <= attempt))];
        }
        foreach (Work work in ended) work.Source.Cancel();
    }

    /// <summary>A token that is cancelled with the run; dispose what is returned when the work ends.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="attempt">The command's.</param>
    public Work Begin(Guid runId, int attempt)
    {
        Work work = new(this, runId, attempt);
        lock (_gate)
        {
            _running.Add(work);
            if (attempt > _cancelled.GetValueOrDefault(runId)) return work;
        }
        work.Source.Cancel();
        return work;
    }

    /// <summary>One command being worked on.</summary>
    public sealed class Work(RunCancellations owner, Guid runId, int attempt) : IDisposable
    {
        internal CancellationTokenSource Source { get; } = new();
        internal Guid RunId => runId;
        internal int Attempt => attempt;

        public CancellationToken Token => Source.Token;

        public void Dispose()
        {
            lock (owner._gate) owner._running.Remove(this);
        }
    }
}

/// <summary>Hears of cancelled runs; every process has a queue of its own for it.</summary>
public sealed class CancelRunConsumer(RunCancellations cancellations) : IConsumer<CancelRun>
{
    public Task Consume(ConsumeContext<CancelRun> context)
    {
        cancellations.Cancel(context.Message.RunId, context.Message.Attempt);
        return Task.CompletedTask;
    }
}
