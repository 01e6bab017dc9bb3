using Das.Bus;
using MassTransit;

namespace Das.Search;

/// <summary>One command in, one event out.</summary>
public sealed class SearchConsumer(StageExecution stage, SearchStage search) : IConsumer<SearchArchitecture>
{
    public Task Consume(ConsumeContext<SearchArchitecture> context)
    {
        SearchArchitecture command = context.Message;
        return stage.RunAsync(context, command.RunId, SearchStage.Name,
            () => search.Request(command),
            (workspace, cancellation) => search.RunAsync(command, workspace, cancellation),
            done => new ArchitectureFound(command.RunId, done.Artifact, done.Result.Fact<int[]>(SearchWork.SkipModule)));
    }
}
