using System.CommandLine;

namespace Das.Bench;

/// <summary>The command line: one subcommand per entry of <see cref="BenchCatalog"/>.</summary>
internal static class BenchCommand
{
    public static int Run(string[] args)
    {
        var list = new Option<bool>("--list") { Description = "Print the names and what they measure" };
        var root = new RootCommand("Performance figures of the DAS pipeline: ratios whose sides are timed in turn in one run.") { list };
        foreach (Measurement measurement in BenchCatalog.All) root.Add(Subcommand(measurement, args));
        root.SetAction(parsed =>
        {
            if (!parsed.GetValue(list)) return root.Parse("--help").Invoke();
            foreach (Measurement measurement in BenchCatalog.All) Console.WriteLine($"{measurement.Name,-12} {measurement.Summary}");
            return 0;
        });
        if (args is [[not '-', ..], ..] && !BenchCatalog.All.Any(m => m.Name == args[0]))
            return Fail(Nearest.Unknown("benchmark", args[0], [.. BenchCatalog.All.Select(m => m.Name)]));
        try
        {
            return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (IOException unusable)
        {
            return Fail(unusable.Message);
        }
    }

    private static int Fail(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return 1;
    }

    private static Command Subcommand(Measurement measurement, string[] args)
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count, after those that warm up", DefaultValueFactory = _ => measurement.Rounds };
        var threads = new Option<int>("--threads") { Description = "Torch's threads; by default one per processor, or OMP_NUM_THREADS" };
        var images = new Option<string>("--images") { Description = "Folder of pictures; generated ones otherwise (input, arrow-read)" };
        var captions = new Option<string>("--captions") { Description = "Lines of 'image,caption' below a header (recall)" };
        var processorTime = new Option<bool>("--processor-time") { Description =
            "Count the processors' seconds, which other processes disturb less; with --threads 1 it stands for an idle machine's clock" };
        var weights = new Option<string>("--weights") 
        {
            Description = "A .bin of llama2.c with tok512.bin beside it (decode, int8); SmolLM2's GGUF file (choices, llamacpp)",
        };
        var text = new Option<string>("--text") { Description = "File of text, instead of what the model tells itself (int8)" };
        var folder = new Option<string>("--folder") { Description = "Folder for a checkpoint of 13 GB, which is deleted afterwards (llama-7b, llava-7b; "
            + "llama-1b: 3 GB)" };
        var layers = new Option<int>("--layers") { Description = "Layers that there are (llama-7b, llava-7b)", DefaultValueFactory = _ =>
            SevenBillion.PublishedLayers };
        foreach (Option<int> number in new[] { rounds, threads, layers })
            number.Validators.Add(given =>
            {
                if (given.Tokens is [var token] && (!int.TryParse(token.Value, out int value) || value < 1))
                    given.AddError($"{number.Name} must be a whole number from 1, not '{token.Value}'.");
            });
        var command = new Command(measurement.Name, measurement.Summary) { rounds, threads, images, captions, weights, text, folder, layers, processorTime };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threads) is > 0 and int count) set_num_threads(count);
            Console.WriteLine(Machine.Describe());
            Console.WriteLine();
            Measured measured = measurement.Measure(new(parsed.GetValue(rounds), parsed.GetValue(images), parsed.GetValue(captions), parsed.GetValue(weights),
                parsed.GetValue(text), parsed.GetValue(folder), parsed.GetValue(layers), parsed.GetValue(processorTime)));
            Console.WriteLine(Figure.Table(measured.Figures, $"dotnet run -c Release --project bench -- {string.Join(' ', args)}", measured.Timed.Rounds));
            return 0;
        });
        return command;
    }
}
