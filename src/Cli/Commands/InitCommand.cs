using System.Text;
using Das.Cli.Init;

namespace Das.Cli.Commands;

/// <summary><c>das init</c>: a recipe for one's own data and model.</summary>
public static class InitCommand
{
    public static Verb Create(CliContext context)
    {
        Option<string> data = Needed("--data", "folder",
            "Your data: conversations, a table of questions, texts or captions, or pictures and texts");
        Option<string> model = Needed("--model", "path", "The pretrained weights: a file, the folder of a LLaMA or LLaVA, or hf:ORG/NAME");
        Option<string?> vision = new("--vision") { Description = "The image tower, where it is not in the weights", HelpName = "path" };
        Option<string?> vocabulary = new("--vocabulary") { Description = "The tokenizer's file, where it is not beside the weights", HelpName = "path" };
        Option<string?> backbone = new("--backbone") { Description = "vilt, meter, llama, lavin or llava, instead of recognising it", HelpName = "name" };
        Option<string?> name = new("--name") { Description = "What the recipe is called (default: the folder)", HelpName = "name" };
        Option<string?> output = new("--output", "-o") { Description = "The file to be written (default: the name with .json)", HelpName = "file" };
        var verb = new Verb("init", "Look at your data and a pretrained model, and write a recipe for them with the reason for each value",
            "das init --data my-data --model models/vilt-shapes/model.safetensors",
            "das init --data my-data --model hf:HuggingFaceTB/SmolLM2-135M-Instruct",
            "das init --data my-data --model weights/7B --name my-task --output my-task.json",
            "das init --data my-data --model llava-v1.5-7b --vision clip-vit-large-patch14-336") { data, model, vision, vocabulary, backbone, name, output };
        verb.SetAction(async parsed =>
        {
            string source = parsed.GetRequiredValue(data);
            string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
            string called = parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(folder);
            string file = parsed.GetValue(output) ?? $"{called.Replace('/', '-')}.json";
            if (Path.Exists(file)) throw new DasException(ErrorKind.Usage, $"{file} exists already: name another file by --output, or remove it.");
            HubDownloads hub = new(context);
            string weights = (await hub.BroughtAsync(parsed.GetRequiredValue(model)))!;
            (string? tower, string? words) = (await hub.BroughtAsync(parsed.GetValue(vision)), await hub.BroughtAsync(parsed.GetValue(vocabulary)));
            (string text, IReadOnlyList<string> notes) = await Task.Run(() =>
            {
                LookedModel found = LookedModel.At(weights, tower, words, parsed.GetValue(backbone)) with { Named = hub.Named };
                FittedRecipe fitted = new(LookedData.In(source, found.Decodes, context.Interrupted), found);
                return (fitted.ToText(called, source), fitted.Notes);
            }, context.Interrupted);
            Recipe recipe = RecipeFile.Parse(text, file, []);
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(text));
            context.Terminal.Result(new { file, backbone = recipe.Backbone.Name, benchmark = recipe.Benchmark.Name, notes }, console =>
            {
                console.WriteLine($"Wrote {file}: {recipe.Backbone.Name} on {recipe.Benchmark.Name}.");
                foreach (string note in notes) console.WriteLine($"Note: {note}");
                console.WriteLine($"Read it, then: das check {file}, and das run {file}");
            });
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static Option<string> Needed(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help, Required = true };
}
