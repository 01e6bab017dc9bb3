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

    /// <summary>Counted from 1; every retry begins the next.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>How many results were found damaged in it and made again.</summary>
    public int Repairs { get; set; }

    /// <summary>SHA-256 of results that are not those the registry knows; replaced, never changed.</summary>
    public string[] Distrusted { get; set; } = [];

    /// <summary>Step → its answer; replaced, never changed.</summary>
    public IReadOnlyDictionary<string, StageAnswer> Answers { get; set; } = new Dictionary<string, StageAnswer>();

    public RunResults Results() => new(CorrelationId, Recipe, Fresh, Answers) { Attempt = Attempt, Distrusted = Distrusted };

    /// <summary>From here on the recipe says by value what was left to the machine.</summary>
    public void Accept(StartRun start, PipelineStages stages, ControlOptions options) =>
        (Recipe, Fresh, Answers) = (Recipes.Recipe.Decided(start.Recipe, options.AutoDevice, options.AutoPrecision), start.Fresh,
            stages.Given(CorrelationId, start.Given));

    public void Accept(string step, StageAnswer answer) => Answers = new Dictionary<string, StageAnswer>(Answers) { [step] = answer };

    /// <summary>The step is open again.</summary>
    public void Withdraw(string step) => Answers = Answers.Where(answer => answer.Key != step).ToDictionary();
}
