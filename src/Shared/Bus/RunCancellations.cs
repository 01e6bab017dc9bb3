using MassTransit;

namespace Das.Bus;

/// <summary>
/// Which runs this worker must not work on. A cancellation ends every command sent before it, also one that arrives
/// later; a command sent afterwards is a retry and is worked on.
/// </summary>
public sealed class RunCancellations
{
    private const int Remembered = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, DateTime> _cancelled = [];
    private readonly List<Work> _running = [];

    /// <summary>Ends the run's work that was asked for no later than <paramref name="sent"/> (UTC).</summary>
    public void Cancel(Guid runId, DateTime sent)
    {
        Work[] ended;
        lock (_gate)
        {
            if (_cancelled.Count >= Remembered) _cancelled.Remove(_cancelled.MinBy(entry => entry.Value).Key);
            _cancelled[runId] = _cancelled.TryGetValue(runId, out DateTime before) && before > sent ? before : sent;
            ended = [.. _running.Where(work => work.RunId == runId && work.Sent <= sent)];
        }
        foreach (Work work in ended) work.Source.Cancel();
    }

    /// <summary>A token that is cancelled with the run; dispose what is returned when the work ends.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="sent">When the command was sent, UTC.</param>
    public Work Begin(Guid runId, DateTime sent)
    {
        Work work = new(this, runId, sent);
        lock (_gate)
        {
            _running.Add(work);
            if (!_cancelled.TryGetValue(runId, out DateTime cancelled) || sent > cancelled) return work;
        }
        work.Source.Cancel();
        return work;
    }

    /// <summary>One command being worked on.</summary>
    public sealed class Work(RunCancellations owner, Guid runId, DateTime sent) : IDisposable
    {
        internal CancellationTokenSource Source { get; } = new();
        internal Guid RunId => runId;
        internal DateTime Sent => sent;

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
        cancellations.Cancel(context.Message.RunId, context.SentTime ?? DateTime.UtcNow);
        return Task.CompletedTask;
    }
}
