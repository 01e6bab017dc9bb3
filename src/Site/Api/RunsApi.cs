namespace Das.Site.Api;

/// <summary><c>/api/runs</c>: the list, a run, and the start of one.</summary>
internal static class RunsApi
{
    public static void MapRunsApi(this WebApplication app)
    {
        RouteGroupBuilder runs = app.MapGroup("/api/runs").WithTags("Runs");
        runs.MapGet("", ListAsync).WithSummary("The runs that a filter leaves, newest first, and how many there are in all.");
        runs.MapPost("", StartAsync).Accepts<StartRunRequest>("application/json").ProducesProblem(StatusCodes.Status400BadRequest)
            .Produces<RunView>(StatusCodes.Status201Created)
                .WithSummary("Starts a run of a recipe, which is a name from /api/recipes or the whole recipe; sets are put over it (a.b=c).");
        runs.MapPost("/check", CheckAsync).Accepts<StartRunRequest>("application/json").ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("What such a run would do, stage by stage, and what keeps it from being started; starts nothing.");
        runs.MapGet("/{id}", (string id, RunRegistry all) => all.RequireAsync(id)).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A run, by its id or the beginning of it.");
        runs.MapGet("/{id}/recipe", RecipeAsync).Produces(StatusCodes.Status200OK, contentType: "application/json")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("The whole recipe of a run, every default filled in.");
    }

    /// <summary>The run of that id.</summary>
    /// <exception cref="DasException">There is none.</exception>
    public static async Task<RunView> RequireAsync(this RunRegistry runs, string id) =>
        await runs.FindAsync(id) ?? throw new DasException(ErrorKind.NotFound, $"There is no run '{id}'.");

    /// <summary>Where a run is found.</summary>
    public static IResult Created(RunView run) => Results.Created($"/api/runs/{run.Id}", run);

    private static Task<RunPage> ListAsync(
        RunRegistry runs, CancellationToken cancellation,
        string? recipe = null, string? backbone = null, string? benchmark = null, string? state = null, string? tag = null, string? text = null, int skip = 0,
            int take = 50) =>
        runs.PageAsync(new RunQuery { Recipe = recipe, Backbone = backbone, Benchmark = benchmark, Tag = tag, Text = text, Skip = Math.Max(0, skip),
            Take = take }.InState(state), cancellation);

    private static async Task<RunPlan> CheckAsync(HttpRequest http, RecipePaths paths, IRunChecks checks)
    {
        StartRunRequest request = await ApiBody.ReadAsync<StartRunRequest>(http, body => body.Flaws());
        Recipe recipe = Chosen(request);
        await paths.CheckAsync(recipe);
        return await checks.PlanAsync(recipe, request.Fresh, http.HttpContext.RequestAborted);
    }

    private static async Task<IResult> StartAsync(HttpRequest http, RunRegistry runs, RecipePaths paths, IRunChecks checks)
    {
        StartRunRequest request = await ApiBody.ReadAsync<StartRunRequest>(http, body => body.Flaws());
        Recipe recipe = Chosen(request);
        await paths.CheckAsync(recipe);
        if (await checks.FlawsAsync(recipe) is [var flaw, ..]) throw new DasException(ErrorKind.Recipe, flaw.Sentence);
        IReadOnlyList<string> tags = RunRegistry.CheckTags(request.Tags);
        Guid id = await runs.StartAsync(recipe.ToCanonicalJson(), request.Name ?? recipe.Name, request.Fresh);
        if (tags.Count > 0) await runs.TagAsync(id, tags);
        return Created((await runs.FindAsync(id))!);
    }

    private static async Task<IResult> RecipeAsync(string id, RunRegistry runs) => Results.Text((await runs.RequireAsync(id)).Recipe, "application/json");

    private static Recipe Chosen(StartRunRequest request)
    {
        if (!request.Named(out string? name)) return RecipeFile.Parse(request.Recipe.ToJsonString(), "recipe", request.Sets);
        RecipeEntry entry = RecipeCatalog.Default().Named(name);
        return entry.Pretrains
            ? throw new DasException(ErrorKind.Usage, $"'{name}' trains a backbone from nothing; that is done with das pretrain.")
            : RecipeFile.Load(entry.Path, request.Sets);
    }
}
