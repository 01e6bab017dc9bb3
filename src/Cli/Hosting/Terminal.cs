using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Das.Cli.Hosting;

/// <summary>Results go to <paramref name="output"/>; errors and the progress of a machine's call go to <paramref name="error"/>.</summary>
public sealed class Terminal(TextWriter output, TextWriter error, bool interactive = false, bool colourErrors = false)
{
    private static readonly JsonSerializerOptions jsonOptions = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Tables and bars; plain text of generous width where nobody looks on.</summary>
    public IAnsiConsole Console { get; } = CreateConsole(output, interactive);

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>One JSON object is the only thing to go to the output.</summary>
    public bool Json { get; set; }

    /// <summary>A person looks on: bars may be redrawn.</summary>
    public bool Live => interactive && !Json;

    public static Terminal OfProcess() => new(
        System.Console.Out,
        System.Console.Error,
        interactive: !System.Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true },
        colourErrors: !System.Console.IsErrorRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>The result: <paramref name="machine"/> as JSON, or what <paramref name="person"/> prints.</summary>
    public void Result(object machine, Action<IAnsiConsole> person)
    {
        if (Json) output.WriteLine(JsonSerializer.Serialize(machine, jsonOptions));
        else person(Console);
    }

    /// <summary>One red sentence.</summary>
    public void Fail(string sentence) => error.WriteLine(colourErrors ? $"\e[31m{sentence}\e[0m" : sentence);

    /// <summary>An aside that is no result.</summary>
    public void Note(string sentence)
    {
        if (Live) Console.WriteLine(sentence);
        else error.WriteLine(sentence);
    }

    private static IAnsiConsole CreateConsole(TextWriter output, bool interactive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = interactive ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!interactive) console.Profile.Width = 200;
        return console;
    }
}
