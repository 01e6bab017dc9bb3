using MassTransit;

namespace Das.Control.Runs;

/// <summary>What the saga knows of a run: the recipe and what its stages have answered. What is open follows from that and from the list of stages.</summary>
public sealed class RunState : SagaStateMachineInstance
{
    public Guid CorrelationId { get; set; }

    /// <summary>Name of a <see cref="RunStatus"/>, or <c>Initial</c>.</summary>
    public string CurrentState { get; set; } = "Initial";

    public string Recipe { get; set; } = "";
    public bool Fresh { get; set; }

    /// <summary>Step → its answer; replaced, never changed.</summary>
    public IReadOnlyDictionary<string, StageAnswer> Answers { get; set; } = new Dictionary<string, StageAnswer>();

    public RunResults Results() => new(CorrelationId, Recipe, Fresh, Answers);

    public void Accept(StartRun start, PipelineStages stages) =>
        (Recipe, Fresh, Answers) = (start.Recipe, start.Fresh, stages.Given(CorrelationId, start.Given));

    public void Accept(string step, StageAnswer answer) => Answers = new Dictionary<string, StageAnswer>(Answers) { [step] = answer };
}
