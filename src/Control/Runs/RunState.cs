using MassTransit;

namespace Das.Control.Runs;

/// <summary>What the saga knows of a run: the recipe and the results so far. What it lacks first is what is done next.</summary>
public sealed class RunState : SagaStateMachineInstance
{
    public const string Ingest = "ingest", Search = "search", Finetune = "finetune", Evaluate = "evaluate";

    public Guid CorrelationId { get; set; }
    public string CurrentState { get; set; } = "Initial";
    public string Recipe { get; set; } = "";
    public bool Fresh { get; set; }
    public ArtifactRef? Dataset { get; set; }
    public ArtifactRef? SearchResult { get; set; }
    public int[]? SkipModule { get; set; }
    public ArtifactRef? Checkpoint { get; set; }
    public ArtifactRef? Report { get; set; }

    /// <summary>The stage to do next; null when there is none left.</summary>
    public string? Next => Dataset is null ? Ingest : SkipModule is null ? Search : Checkpoint is null ? Finetune : Report is null ? Evaluate : null;

    /// <summary>The command of <see cref="Next"/>.</summary>
    public object? Command => Next switch
    {
        Ingest => IngestDataset(),
        Search => SearchArchitecture(),
        Finetune => FinetuneModel(),
        Evaluate => EvaluateModel(),
        _ => null,
    };

    public IngestDataset IngestDataset() => new(CorrelationId, Recipe, Fresh);
    public SearchArchitecture SearchArchitecture() => new(CorrelationId, Recipe, Fresh, Dataset!);
    public FinetuneModel FinetuneModel() => new(CorrelationId, Recipe, Fresh, Dataset!, SkipModule!);
    public EvaluateModel EvaluateModel() => new(CorrelationId, Recipe, Fresh, Dataset!, SkipModule!, Checkpoint!);

    public void Accept(StartRun start)
    {
        (Recipe, Fresh) = (start.Recipe, start.Fresh);
        (Dataset, SkipModule, Checkpoint) = (start.Given?.Dataset, start.Given?.SkipModule, start.Given?.Checkpoint);
    }
}
