using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Das.Stages;

namespace Das.Cli.Commands;

/// <summary>A verb of <c>das</c> with lines that show how it is used.</summary>
public sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>The usual help, then examples; for <c>das</c> itself also exit codes and variables.</summary>
internal sealed class TeachingHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly string root = $"""
        Examples:
          das demo                                    the whole pipeline on generated data, in minutes
          das recipes                                 what can be run
          das run vilt/shapes                         {string.Join(", ", PipelineStages.Das.Names)}
          das run vilt/shapes --set search.skip=3     the same with three layers left out
          das sweep vilt/shapes --skip 0,2 --seeds 3  several numbers of layers and seeds, compared
          das runs                                    what has been run; das show RUN for one of them
          das compare RUN RUN                         runs in the form of the paper's tables
          das suite recipes/suites/smoke.json         several recipes, pass or fail by their scores
          das verify --all                            is every file what its stage wrote?
          das doctor                                  is this machine ready?

          As processes over RabbitMQ: set DAS_BUS__TRANSPORT=rabbitmq and DAS_BUS__HOST, then
          das serve, {string.Join(", ", PipelineStages.Das.Names.Select(stage => $"das worker {stage}"))}.

        Exit codes:
          0    done
          1    the run failed, a check of das doctor did, or das verify found damage
          2    the command line or the recipe is wrong
          3    a run of das suite scored less than it must
          130  cancelled

        Variables:
          DAS_HOME     where everything lies that runs leave behind (default: .das in the working directory)
          DAS_HOME_SHARED=1  a group shares it on purpose; otherwise it is closed to everybody else
          DAS_BUS__*   the message bus (default: in this process)
          DAS_ADMIN_SIGNIN=1  das serve asks for sign-in on localhost, too (elsewhere it always does)
          DAS_API_KEY  the key that das suite --server uses
          HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE=1  models on a hub (das pull --help)
          DAS_DEBUG=1  show the stack trace of an error
        """;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is RootCommand) output.WriteLine(root);
        else if (parseResult.CommandResult.Command is Verb verb && verb.Examples.Count > 0)
            output.WriteLine($"Examples:\n{string.Join('\n', verb.Examples.Select(example => $"  {example}"))}");
        return ExitCodes.Ok;
    }
}
