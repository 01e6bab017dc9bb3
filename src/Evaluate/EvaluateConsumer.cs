using Das.Artifacts;
using Das.Bus;
using Das.Contracts;
using Das.Recipes;
using Das.Training;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Das.Evaluate;

/// <summary>One command in, one event out.</summary>
public sealed class EvaluateConsumer(StageExecution stage, EvaluateStage evaluate) : IConsumer<EvaluateModel>
{
    public Task Consume(ConsumeContext<EvaluateModel> context)
    {
        EvaluateModel command = context.Message;
        return stage.RunAsync(context, command.RunId, EvaluateStage.Name,
            () => evaluate.Request(command),
            (workspace, cancellation) => evaluate.RunAsync(command, workspace, cancellation),
            done => new ModelEvaluated(command.RunId, done.Artifact, done.Result.Facts.ToDictionary(fact => fact.Key, fact => fact.Value!.GetValue<double>())));
    }
}

/// <summary>What makes an evaluation the same, and its work under the process's computing gate.</summary>
public sealed class EvaluateStage(ArtifactStore store)
{
    public const string Name = "evaluate";

    /// <summary>Raised whenever the same inputs give another result.</summary>
    private const int Version = 1;

    public StageRequest Request(EvaluateModel command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        return new(command.RunId, Name, Version, recipe.KeyPart(recipe.Evaluate), [command.Dataset.Sha256, command.Checkpoint.Sha256], command.Fresh);
    }

    public async Task<StageOutcome> RunAsync(EvaluateModel command, StageWorkspace workspace, CancellationToken cancellation)
    {
        using IDisposable alone = await Devices.EnterAsync(cancellation);
        return EvaluateWork.Run(Recipe.Parse(command.Recipe), store.FolderOf(command.Dataset), store.FolderOf(command.Checkpoint), workspace, cancellation);
    }
}

/// <summary>Puts the stage on a bus.</summary>
public static class EvaluateModule
{
    public static void AddEvaluate(this IBusRegistrationConfigurator bus)
    {
        bus.AddSingleton<EvaluateStage>();
        bus.AddConsumer<EvaluateConsumer>();
    }
}
