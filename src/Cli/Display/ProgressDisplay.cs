using System.Collections.Concurrent;
using Spectre.Console.Rendering;

namespace Das.Cli.Display;

/// <summary>Shows how far stages have come: one bar per stage for a person, now and then a line for a log.</summary>
public sealed class ProgressDisplay(Terminal terminal, TimeProvider clock)
{
    private static readonly TimeSpan betweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/>, which reports as often as it likes and from any thread.</summary>
    public Task<T> ShowAsync<T>(Func<Action<ProgressView>, Task<T>> work) => terminal.Live ? WithBarsAsync(work) : WithLinesAsync(work);

    private Task<T> WithBarsAsync<T>(Func<Action<ProgressView>, Task<T>> work)
    {
        var notes = new NoteColumn();
        return terminal.Console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), notes)
            .StartAsync(async bars =>
            {
                var tasks = new Dictionary<string, ProgressTask>();
                return await work(progress =>
                {
                    lock (tasks)
                    {
                        if (!tasks.TryGetValue(progress.Stage, out var task))
                            tasks[progress.Stage] = task = bars.AddTask(progress.Stage);
                        Update(task, progress);
                        notes[task] = progress.Note;
                    }
                });
            });
    }

    private static void Update(ProgressTask task, ProgressView progress)
    {
        bool done = progress.Status == RunStatus.Completed;
        task.IsIndeterminate = progress.Total == 0 && !done;
        task.MaxValue = Math.Max(1, progress.Total);
        task.Value = done ? task.MaxValue : progress.Done;
        if (progress.Status is not (RunStatus.Running or RunStatus.Queued)) task.StopTask();
    }

    private async Task<T> WithLinesAsync<T>(Func<Action<ProgressView>, Task<T>> work)
    {
        var stages = new Dictionary<string, (DateTimeOffset Started, DateTimeOffset Printed, RunStatus Status)>();
        return await work(progress =>
        {
            lock (stages)
            {
                var now = clock.GetUtcNow();
                bool known = stages.TryGetValue(progress.Stage, out var last);
                if (known && last.Status == progress.Status && now - last.Printed < betweenLines) return;
                var started = known ? last.Started : now;
                stages[progress.Stage] = (started, now, progress.Status);
                terminal.Note(Line(progress, now - started));
            }
        });
    }

    private static string Line(ProgressView progress, TimeSpan elapsed)
    {
        string share = progress.Status != RunStatus.Running ? progress.Status.ToString().ToLowerInvariant()
            : progress.Total > 0 ? string.Create(CultureInfo.InvariantCulture,
                $"{100.0 * progress.Done / progress.Total:0} % ({progress.Done}/{progress.Total})")
            : $"{progress.Done}";
        return $"{progress.Stage,-8}  {share}  {elapsed:hh\\:mm\\:ss}  {progress.Note}".TrimEnd();
    }

    private sealed class NoteColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> notes = new();

        public string this[ProgressTask task]
        {
            set => notes[task.Id] = value;
        }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(notes.GetValueOrDefault(task.Id, ""), Style.Plain).Ellipsis();
    }
}
