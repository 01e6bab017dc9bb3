using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Das.Cli.Commands;
using Das.Control.Registry;

namespace Das.Cli;

/// <summary>The command line: its verbs, and what becomes of their errors.</summary>
public static class DasCli
{
    private const string Description = """
        Adapts a pretrained vision-language model to a task: finds the layers that the task does not need,
        replaces them by small adapters, fine-tunes only adapters and head, and measures the result.
        """;

    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object and nothing else", Recursive = true };

    /// <summary>The verbs over <paramref name="context"/>.</summary>
    public static RootCommand Build(CliContext context)
    {
        var root = new RootCommand(Description) { json };
        Command[] verbs =
        [
            DemoCommand.Create(context),
            InitCommand.Create(context),
            .. RunCommands.Create(context),
            CheckCommand.Create(context),
            SweepCommand.Create(context),
            SuiteCommand.Create(context),
            .. RegistryCommands.Create(context),
            CompareCommand.Create(context),
            VerifyCommand.Create(context),
            ExportCommand.Create(context),
            ChatCommand.Create(context),
            PretrainCommand.Create(context),
            PullCommand.Create(context),
            RecipesCommand.Create(context),
            .. ServiceCommands.Create(context),
            UsersCommand.Create(context),
            KeysCommand.Create(context),
            DoctorCommand.Create(context),
        ];
        foreach (var verb in verbs) root.Add(verb);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new TeachingHelp((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Parses and runs one command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliContext context)
    {
        var terminal = context.Terminal;
        var root = Build(context);
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        terminal.Json = parsed.GetValue(json);
        if (parsed.Action is not TeachingHelp && (parsed.Errors.Count > 0 || UnknownOption(parsed) is not null))
            return Fail(terminal, Explain(parsed, root), ExitCodes.Usage);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (OperationCanceledException) when (context.Interrupted.IsCancellationRequested)
        {
            return Fail(terminal, "Cancelled.", ExitCodes.Cancelled);
        }
        catch (Exception e)
        {
            bool debug = Environment.GetEnvironmentVariable("DAS_DEBUG") == "1";
            return Fail(terminal, debug ? e.ToString() : Faults.Sentence(RegistryFault.Of(e) ?? e), Faults.ExitCode(e));
        }
    }

    private static int Fail(Terminal terminal, string sentence, int exitCode)
    {
        terminal.Fail(sentence);
        if (terminal.Json) terminal.Result(new { error = sentence }, _ => { });
        return exitCode;
    }

    private static string Explain(ParseResult parsed, RootCommand root)
    {
        if (parsed.CommandResult.Command == root && parsed.UnmatchedTokens is [var word, ..] && !word.StartsWith('-'))
            return Nearest.Unknown("verb", word, [.. root.Subcommands.Select(verb => verb.Name)]);
        string verb = NameOf(parsed.CommandResult);
        if (UnknownOption(parsed) is { } option)
            return $"{verb} has no option '{option}'.{Nearest.Hint(option, OptionsOf(parsed))} See {verb} --help.";
        return $"{parsed.Errors[0].Message.TrimEnd('.')}. See {verb} --help.";
    }

    /// <summary><c>das</c>, <c>das run</c>, <c>das users add</c>.</summary>
    private static string NameOf(CommandResult command) => command.Parent is CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}" : "das";

    private static string? UnknownOption(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens.Select(token => token.Value))
            .Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(token => token.StartsWith('-'));

    private static IEnumerable<string> OptionsOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Select(option => option.Name).Append(json.Name);
}
