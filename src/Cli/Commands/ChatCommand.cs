using Das.Training;

namespace Das.Cli.Commands;

/// <summary><c>das chat</c>: asks a finished model something.</summary>
public static class ChatCommand
{
    public static Verb Create(CliContext context)
    {
        var run = Inputs.Run();
        var question = new Argument<string?>("question")
        {
            Description = "What is asked; without it, line after line of the input", Arity = ArgumentArity.ZeroOrOne,
        };
        var image = new Option<string?>("--image") { Description = "A picture that is asked about, where the backbone reads them", HelpName = "file" };
        var most = new Option<int>("--max-tokens") { Description = "An answer's tokens at most", HelpName = "n", DefaultValueFactory = _ => 128 };
        var verb = new Verb("chat", "Ask a finished model something, in the form in which its task asked it",
            "das chat last \"Question: What do people use to cut paper?\nAnswer:\"", "das chat 3f2a --image dog.jpg \"What is this?\"",
            "das chat last --max-tokens 256") { run, question, image, most };
        verb.SetAction(async parsed =>
        {
            var found = await RunSelector.FindAsync(context.Host, parsed.GetRequiredValue(run));
            string checkpoint = FinishedRun.Checkpoint(found, context.Interrupted);
            byte[] picture = parsed.GetValue(image) is { } file ? Picture(file) : [];
            BackboneRecipe backbone = Recipe.Parse(found.Recipe).Backbone;
            using var model = await Task.Run(() => new FinishedDecoder(checkpoint, backbone, Recipe.Auto), context.Interrupted);
            List<string> earlier = [];
            List<object> turns = [];
            bool alone = parsed.GetValue(question) is not null;
            for (string? asked = parsed.GetValue(question) ?? await NextAsync(context); asked is not null; asked = alone ? null : await NextAsync(context))
            {
                if (string.IsNullOrWhiteSpace(asked)) continue;
                string answer = await Task.Run(() => model.Answer(earlier, asked, picture, parsed.GetValue(most), context.Interrupted), context.Interrupted);
                if (!context.Terminal.Json) context.Terminal.Console.WriteLine(answer);
                turns.Add(new { question = asked, answer });
                if (model.Converses) earlier.AddRange([asked, answer]);
            }
            context.Terminal.Result(alone && turns is [var only] ? only : new { turns }, _ => { });
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static byte[] Picture(string path) =>
        File.Exists(path) ? File.ReadAllBytes(path) : throw new DasException(ErrorKind.Usage, $"{path}: no such picture.");

    private static async Task<string?> NextAsync(CliContext context)
    {
        if (!Console.IsInputRedirected) await Console.Error.WriteAsync("> ");
        return await Console.In.ReadLineAsync(context.Interrupted);
    }
}
