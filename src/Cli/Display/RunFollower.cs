namespace Das.Cli.Display;

/// <summary>Stays with a run until it ends; the first Ctrl-C cancels the run and goes on waiting for its end.</summary>
public static class RunFollower
{
    public static Task<RunView> FollowAsync(CliContext context, Guid id) =>
        new ProgressDisplay(context.Terminal, TimeProvider.System).ShowAsync(async report =>
        {
            var run = context.Host.WatchAsync(id, report, CancellationToken.None);
            var interrupted = Task.Delay(Timeout.Infinite, context.Interrupted);
            if (await Task.WhenAny(run, interrupted) == interrupted)
            {
                context.Terminal.Note($"Cancelling {RunDisplay.ShortId(id)}; what is done so far is kept. Ctrl-C again quits at once.");
                await context.Host.CancelAsync(id);
            }
            return await run;
        });

    /// <summary>Follows the run, prints how it ended and gives the exit code.</summary>
    public static async Task<int> FollowAndShowAsync(CliContext context, Guid id)
    {
        var run = await FollowAsync(context, id);
        context.Terminal.Result(run, console => RunDisplay.Show(console, run));
        return ExitCodes.Of(run.Status);
    }
}
