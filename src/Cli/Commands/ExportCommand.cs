using Das.Models.Skipping;
using Das.Training.Files;
using Das.Training.Hub;

namespace Das.Cli.Commands;

/// <summary><c>das export</c>: a finished model in a form that other libraries read.</summary>
public static class ExportCommand
{
    private const string HuggingFace = "hf", Gguf = "gguf";

    public static Verb Create(CliContext context)
    {
        var run = Inputs.Run();
        var format = new Option<string>("--format")
        {
            Description = "hf: a folder for transformers; gguf: a file for llama.cpp", HelpName = $"{HuggingFace}|{Gguf}",
            DefaultValueFactory = _ => HuggingFace,
        };
        format.AcceptOnlyFromAmong(HuggingFace, Gguf);
        var output = new Option<string?>("--output", "-o") { Description = "The folder or file to be written (default: the run's name)", HelpName = "path" };
        var bare = new Option<bool>("--bare")
        {
            Description = "The pretrained weights without the layers that the run left out, and without what it trained; needed for gguf",
        };
        var verb = new Verb("export", "Write a finished decoder in a form that other libraries read", "das export last",
            "das export 3f2a --format hf --output my-model", "das export 3f2a --format gguf --bare --output pruned.gguf") { run, format, output, bare };
        verb.SetAction(async parsed =>
        {
            var found = await RunSelector.FindAsync(context.Host, parsed.GetRequiredValue(run));
            string form = parsed.GetRequiredValue(format), named = found.Name.Replace('/', '-');
            string path = Path.GetFullPath(parsed.GetValue(output) ?? (form == Gguf ? $"{named}.gguf" : named));
            if (Path.Exists(path)) throw new DasException(ErrorKind.Usage, $"{path} exists already: name another by --output, or remove it.");
            string Checkpoint() => FinishedRun.Checkpoint(found, context.Interrupted);
            SkipMask mask = await Task.Run(() => (form, parsed.GetValue(bare)) switch
            {
                (HuggingFace, false) => ModelExport.ToFolder(Checkpoint(), path, found.Name, Recipe.Parse(found.Recipe).Backbone),
                (HuggingFace, true) => throw new DasException(ErrorKind.Usage, "--bare is of --format gguf: in Hugging Face's form the whole finished model is "
                    + "written, as it was evaluated."),
                (_, false) => throw new DasException(ErrorKind.Usage, "A GGUF file has no place for adapters, and this model was trained with them: give "
                    + "--format hf for all of it, or --bare for the pretrained weights without the layers that the run left out. Such a file scores less than "
                    + "the run."),
                _ => ModelExport.ToBareGguf(Checkpoint(), path, ModelHub.Here(Recipe.Parse(found.Recipe)).Backbone),
            }, context.Interrupted);
            context.Terminal.Result(new { found.Id, path, format = form, skipModule = mask.ToArray() }, console =>
                console.WriteLine($"Wrote {path}, without the layers {mask}."));
            return ExitCodes.Ok;
        });
        return verb;
    }
}
