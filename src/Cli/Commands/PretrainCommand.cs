namespace Das.Cli.Commands;

/// <summary><c>das pretrain</c>: makes a backbone of our own.</summary>
public static class PretrainCommand
{
    public static Verb Create(CliContext context)
    {
        var recipe = Inputs.Recipe();
        var set = Inputs.Set();
        var verb = new Verb("pretrain", "Train a small backbone from nothing, or on frozen towers, and write it to the recipe's output folder; resumes",
            "das pretrain pretrain/vilt-shapes") { recipe, set };
        verb.SetAction(async parsed =>
        {
            var loaded = context.Recipes.LoadPretrain(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            string checkpoint = await new ProgressDisplay(context.Terminal, TimeProvider.System)
                .ShowAsync(report => context.Host.PretrainAsync(loaded, report, context.Interrupted));
            context.Terminal.Result(new { checkpoint }, console => console.WriteLine($"Wrote {checkpoint}"));
            return ExitCodes.Ok;
        });
        return verb;
    }
}
