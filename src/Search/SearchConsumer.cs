using Das.Artifacts;
using Das.Bus;
using Das.Contracts;
using Das.Recipes;
using Das.Training;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

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

/// <summary>What makes a search the same search, and its work under the process's computing gate.</summary>
public sealed class SearchStage(ArtifactStore store)
{
    public const string Name = "search";

    /// <summary>Raised whenever the same inputs give another result.</summary>
    private const int Version = 1;

    public StageRequest Request(SearchArchitecture command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        return new(command.RunId, Name, Version, recipe.KeyPart(recipe.Search), [command.Dataset.Sha256, .. BackboneFiles.Digests(recipe.Backbone)], command.Fresh);
    }

    public async Task<StageOutcome> RunAsync(SearchArchitecture command, StageWorkspace workspace, CancellationToken cancellation)
    {
        using IDisposable alone = await Devices.EnterAsync(cancellation);
        return SearchWork.Run(Recipe.Parse(command.Recipe), store.FolderOf(command.Dataset), workspace, cancellation);
    }
}

/// <summary>Puts the stage on a bus.</summary>
public static class SearchModule
{
    public static void AddSearch(this IBusRegistrationConfigurator bus)
    {
        bus.AddSingleton<SearchStage>();
        bus.AddConsumer<SearchConsumer>();
    }
}
