using Das.Cli.Checks;

namespace Das.Cli.Commands;

/// <summary><c>das verify</c>: is every file of results what its stage wrote?</summary>
public static class VerifyCommand
{
    private const int MostListed = 20;

    public static Verb Create(CliContext context)
    {
        var run = new Argument<string?>("run") { Description = "A run's id or the beginning of it, its name, or 'last', which is the default",
            Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Everything in the store: the results of all runs, kept image towers, what no run knows" };
        var verb = new Verb("verify", "Read every byte of a run's results and compare it with what was written", "das verify last", "das verify 3f2a --json",
            "das verify --all") { run, all };
        verb.SetAction(async parsed =>
        {
            string? named = parsed.GetValue(run);
            bool everything = parsed.GetValue(all);
            if (everything && named is not null) throw new DasException(ErrorKind.Usage, "das verify takes a run or --all, not both.");
            Guid? one = everything ? null : (await RunSelector.FindAsync(context.Host, named ?? "last")).Id;
            var found = await new ProgressDisplay(context.Terminal, TimeProvider.System)
                .ShowAsync(report => context.Host.VerifyAsync(one, report, context.Interrupted));
            bool whole = found.Damaged.Count == 0;
            context.Terminal.Result(new { whole, found.Files, found.Bytes, found.Damaged, found.Unjudged }, console => Print(console, found));
            return whole ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return verb;
    }

    private static void Print(IAnsiConsole console, VerifiedStore found)
    {
        string read = $"{found.Files} files, {Units.Bytes(found.Bytes)}";
        if (found.Damaged.Count == 0) console.MarkupLine($"[green]✓[/] {read}: all as they were written.");
        else
        {
            var table = RunDisplay.Table("stage", "key", "file", "expected", "found", "problem");
            foreach (var damage in found.Damaged)
                table.AddRow([.. new[] { damage.Stage, Short(damage.Key), damage.File, Short(damage.Expected ?? "unknown"), Short(damage.Found ?? "none"),
                    damage.Problem }.Select(Markup.Escape)]);
            console.Write(table);
            console.MarkupLine($"[red]✗[/] {read}: {found.Damaged.Count} not as they were written. The next run of the same recipe computes them again.");
        }
        if (found.Unjudged.Count == 0) return;
        console.WriteLine("What cannot be judged:");
        foreach (var file in found.Unjudged.Take(MostListed)) console.WriteLine($"  {file.Path}: {file.Why}");
        if (found.Unjudged.Count > MostListed) console.WriteLine($"  and {found.Unjudged.Count - MostListed} more; --json lists them");
    }

    private static string Short(string digest) => digest.Length > 12 ? $"{digest[..12]}…" : digest;
}
