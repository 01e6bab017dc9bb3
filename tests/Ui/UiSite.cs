namespace Das.Tests.Ui;

/// <summary>A site with pretended stages that report like real ones; a run takes about two seconds.</summary>
internal sealed class UiSite : IAsyncDisposable
{
    private const int Candidates = 12, Updates = 60;
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(1030);
    private readonly EvaluatedRuns evaluated;
    private Task held = Task.CompletedTask;

    private UiSite(EvaluatedRuns evaluated) => this.evaluated = evaluated;

    public PipelineProcess Process { get; private set; } = null!;

    public Uri Address => Process.Address;

    public RunRegistry Runs => Process.Runs;

    public static string Recipe { get; } = RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson();

    /// <summary>Of a model that reads pictures and converses.</summary>
    public static string ConversingRecipe { get; } = RecipeCatalog.Default().Load("llava-stories/aid").ToCanonicalJson();

    public static async Task<UiSite> StartAsync(bool asksForSignIn)
    {
        UiSite site = new(new());
        if (asksForSignIn) await SignInSite.AddUsersAsync(site.evaluated.Get<UserAccounts>());
        site.Process = await PipelineProcess.StartAsync(site.evaluated.Home, site.Behave, configuration: asksForSignIn ? [(SignInRule.Variable, "1")] : []);
        return site;
    }

    /// <summary>Searches that begin from now on go on, reporting, until the answer is completed.</summary>
    public TaskCompletionSource HoldSearches()
    {
        TaskCompletionSource hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        held = hold.Task;
        return hold;
    }

    /// <summary>Two complete runs that answered the same forty questions: 26 and 19 of them right, 14 both, 9 neither.</summary>
    public (Guid A, Guid B) Pair()
    {
        ArtifactRef dataset = evaluated.Dataset(TaskKinds.Vqa, [.. Enumerable.Range(0, 20).Select(Scene)]);
        double[] a = [.. Enumerable.Range(0, 40).Select(question => question is < 26 ? 1.0 : 0)],
            b = [.. Enumerable.Range(0, 40).Select(question => question is < 14 or >= 26 and < 31 ? 1.0 : 0)];
        return (evaluated.Add(dataset, a), evaluated.Add(dataset, b, recipe => recipe with { Search = recipe.Search with { Skip = 4 } }));
    }

    /// <summary>A run that has failed in fine-tuning.</summary>
    public async Task<RunView> FailedAsync(ErrorKind kind = ErrorKind.Storage)
    {
        Process.Stages.On(PipelineStages.Finetune, (_, _) =>
            throw new DasException(kind, "Epoch 2: the loss is not a number. Lower finetune.optimization.learningRate."));
        RunView run = await Process.WaitAsync(await Runs.StartAsync(Recipe, "learning rate too high", fresh: true));
        Behave(Process.Stages);
        return run;
    }

    /// <summary>A schedule of <paramref name="run"/> that has fired.</summary>
    public async Task<Guid> FiredAsync(Guid run)
    {
        ScheduleSaved saved = await Process.Services.GetRequiredService<ScheduleBook>()
            .SaveAsync(new() { Name = "nightly shapes", RunId = run, Cron = "0 2 * * *" });
        Guid schedule = saved.Id!.Value;
        FiringView firing = await Process.Services.GetRequiredService<ScheduleFirings>().RunNowAsync(schedule);
        await Process.WaitAsync(firing.RunId!.Value);
        return schedule;
    }

    public async ValueTask DisposeAsync()
    {
        if (Process is not null) await Process.DisposeAsync();
        evaluated.Dispose();
    }

    private void Behave(FakeStages stages)
    {
        stages.On(PipelineStages.Search, SearchAsync);
        stages.On(PipelineStages.Finetune, FinetuneAsync);
    }

    private async Task SearchAsync(StageWorkspace workspace, CancellationToken cancellation)
    {
        Task hold = held;
        for (int step = 0; step < 2 || !hold.IsCompleted; step++)
        {
            int at = step;
            workspace.Report(40 + 20 * at, 4000, $"loss {Loss(at):0.00}",
                () => [new(CurveNames.Loss, Loss(at)), new(CurveNames.LearningRate, 1e-3)],
                () => new() { [CurveNames.Preference] = [.. Enumerable.Range(0, Candidates).Select(layer => Preference(layer, at))] });
            await Task.Delay(BetweenReports, cancellation);
        }
        ResultFiles.Write(workspace.File(ResultFiles.Search), new SearchResult(Candidates, "das", 0, [])
        {
            PreferencesOverTime = [.. Enumerable.Range(0, Updates).Select(update =>
                Enumerable.Range(0, Candidates).Select(layer => (float)Preference(layer, update)).ToArray())],
            Losses = [.. Enumerable.Range(0, 300).Select(step => (float)Loss(step / 5.0))],
        });
    }

    private static async Task FinetuneAsync(StageWorkspace workspace, CancellationToken cancellation)
    {
        for (int step = 0; step < 2; step++)
        {
            int at = step;
            await Task.Delay(BetweenReports, cancellation);
            workspace.Report(50 + 50 * at, 100, "", () => [new("loss", Loss(20 + at)), new("learningRate", 1e-3 / (1 + at))]);
        }
    }

    private static double Loss(double time) => 0.4 + 2 * Math.Exp(-time / 20) + 0.1 * Math.Sin(time * 7);

    /// <summary>Layers 3 and 7, which the stage answers with, come to be preferred.</summary>
    private static double Preference(int layer, double time) =>
        (layer is 3 or 7 ? 0.02 : -0.01 + 0.002 * (layer % 4)) * time + 0.05 * Math.Sin(time * (layer + 1));

    /// <summary>A picture with a square in it, and two questions about it.</summary>
    private static TableRow Scene(int id)
    {
        const int width = 96, height = 64;
        byte[] pixels = new byte[3 * width * height];
        Array.Fill(pixels, (byte)235);
        for (int y = 16; y < 48; y++)
            for (int x = 8 + 2 * id; x < 40 + 2 * id; x++)
                (pixels[3 * (y * width + x)], pixels[3 * (y * width + x) + 1], pixels[3 * (y * width + x) + 2]) = id % 2 == 0 ? ((byte)190, (byte)50, (byte)40)
                : ((byte)40, (byte)80, (byte)180);
        return new(new VqaRow(id, "test", [.. Enumerable.Range(2 * id, 2).Select(question =>
            new VqaQuestion(question, $"which colour {question}?", ["red"], [0], [1]))]), PngEncoder.Encode(new(pixels, width, height, 3)));
    }
}
