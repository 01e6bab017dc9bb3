namespace Das.Stages;

/// <summary>The stages of a pipeline, each after all that it needs. Whoever names or orders stages reads this list.</summary>
public sealed class PipelineStages
{
    public const string Ingest = "ingest", Search = "search", Finetune = "finetune", Evaluate = "evaluate";

    /// <summary>The pipeline.</summary>
    public static PipelineStages Das { get; } = new(
        new PipelineStage<IngestDataset, DatasetIngested>(Ingest, "dataset", run => [new(run.RunId, run.Recipe, run.Fresh)], done => done.Dataset)
        {
            Version = 3,
            Given = (run, given) => given.Dataset is { } dataset ? new(run, dataset) : null,
        },
        new PipelineStage<SearchArchitecture, ArchitectureFound>(Search, "architecture",
            run => [new(run.RunId, run.Recipe, run.Fresh, Dataset(run))], done => done.Search)
        {
            Version = 6,
            Needs = [Ingest],
            Given = (run, given) => given.SkipModule is { } skipModule ? new(run, null, skipModule) : null,
        },
        new PipelineStage<FinetuneModel, ModelFinetuned>(Finetune, "checkpoint",
            run => [new(run.RunId, run.Recipe, run.Fresh, Dataset(run), SkipModule(run))], done => done.Checkpoint)
        {
            Version = 5,
            Needs = [Ingest, Search],
            Given = (run, given) => given.Checkpoint is { } checkpoint ? new(run, checkpoint) : null,
        },
        new PipelineStage<EvaluateModel, ModelEvaluated>(Evaluate, "report",
            run => [new(run.RunId, run.Recipe, run.Fresh, Dataset(run), SkipModule(run), run.Of<ModelFinetuned>(Finetune).Checkpoint)], done => done.Report)
        {
            Version = 5,
            Needs = [Ingest, Search, Finetune],
            MadeFrom = [Ingest, Finetune],
            Scores = done => done.Metrics,
        });

    /// <param name="stages">Each after all that it needs.</param>
    /// <exception cref="ArgumentException">Two have one name, or one needs what does not stand before it.</exception>
    public PipelineStages(params IReadOnlyList<PipelineStage> stages)
    {
        HashSet<string> before = [];
        foreach (PipelineStage stage in stages)
        {
            if (stage.Needs.FirstOrDefault(need => !before.Contains(need)) is { } missing)
                throw new ArgumentException($"Stage '{stage.Name}' needs '{missing}', which does not stand before it.");
            if (!before.Add(stage.Name)) throw new ArgumentException($"Two stages are called '{stage.Name}'.");
        }
        All = stages;
        Names = [.. stages.Select(stage => stage.Name)];
    }

    public IReadOnlyList<PipelineStage> All { get; }

    /// <summary>In the pipeline's order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The stage of a step; null if there is none.</summary>
    public PipelineStage? Find(string step) => All.FirstOrDefault(stage => stage.Name == StageStep.StageOf(step));

    /// <summary>In the pipeline's order, the branches of a stage in ordinal order of their names.</summary>
    /// <param name="items">To be put in order.</param>
    /// <param name="step">The step of each.</param>
    public IEnumerable<T> InOrder<T>(IEnumerable<T> items, Func<T, string> step) =>
        items.OrderBy(item => Names.TakeWhile(name => name != StageStep.StageOf(step(item))).Count()).ThenBy(step, StringComparer.Ordinal);

    /// <summary>The steps that <paramref name="run"/> can work on now and that have not answered; when there is none left, it is complete.</summary>
    public IReadOnlyList<StageStep> Open(RunResults run)
    {
        List<StageStep> open = [];
        HashSet<string> unanswered = [];
        foreach (PipelineStage stage in All.Where(stage => !run.Answers.ContainsKey(stage.Name) && stage.IsAsked(run)))
        {
            bool waits = stage.Needs.Any(unanswered.Contains);
            StageStep[] steps = waits ? [] : [.. stage.Steps(run).Where(step => !run.Answers.ContainsKey(step.Name))];
            if (waits || steps.Length > 0) unanswered.Add(stage.Name);
            open.AddRange(steps);
        }
        return open;
    }

    /// <summary>The answers that stand for what a run was given, in the pipeline's order.</summary>
    public IReadOnlyDictionary<string, StageAnswer> Given(Guid run, GivenResults? given)
    {
        Dictionary<string, StageAnswer> answers = [];
        foreach (PipelineStage stage in All)
            if (given is not null && stage.GivenAnswer(run, given) is { } answer) answers[stage.Name] = answer;
        return answers;
    }

    private static ArtifactRef Dataset(RunResults run) => run.Of<DatasetIngested>(Ingest).Dataset;

    private static int[] SkipModule(RunResults run) => run.Of<ArchitectureFound>(Search).SkipModule;
}
