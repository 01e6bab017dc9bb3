namespace Das.Control.Progress;

/// <summary>How fast a stage goes.</summary>
/// <param name="PerSecond">Units of its progress a second, over the last half minute.</param>
/// <param name="Remaining">Until its total is done at that rate; null where the total is unknown or nothing moves.</param>
public sealed record StagePace(double PerSecond, TimeSpan? Remaining);

/// <summary>The latest reports of one run's stage at work, out of which its pace is told.</summary>
public sealed class ProgressWindow
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly Queue<(DateTime At, long Done)> _reports = [];
    private StageProgressed? _last;

    /// <summary>Another stage, another kind of work in it (its total changes) or a beginning from the start forgets what was before.</summary>
    public void Add(StageProgressed progress, DateTime at)
    {
        lock (_gate)
        {
            if (_last is { } last && (last.Stage != progress.Stage || last.Total != progress.Total || progress.Done < last.Done)) _reports.Clear();
            _last = progress;
            _reports.Enqueue((at, progress.Done));
            while (_reports.Count > 2 && at - _reports.Peek().At > Longest) _reports.Dequeue();
        }
    }

    /// <summary>Null before the second report.</summary>
    public StagePace? Pace()
    {
        lock (_gate)
        {
            if (_last is not { } last || _reports.Count < 2) return null;
            var (first, latest) = (_reports.Peek(), _reports.Last());
            double seconds = (latest.At - first.At).TotalSeconds;
            if (seconds <= 0) return null;
            double rate = (latest.Done - first.Done) / seconds;
            double left = last.Total > 0 && rate > 0 ? Math.Max(0, last.Total - last.Done) / rate : double.PositiveInfinity;
            return new(rate, left < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(left) : null);
        }
    }
}
