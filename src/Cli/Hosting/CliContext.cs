namespace Das.Cli.Hosting;

/// <summary>What every verb needs.</summary>
/// <param name="Host">The pipeline.</param>
/// <param name="Terminal">Where to write.</param>
/// <param name="Interrupted">Cancelled by the first Ctrl-C.</param>
public sealed record CliContext(PipelineHost Host, Terminal Terminal, CancellationToken Interrupted)
{
    private readonly Lazy<RecipeCatalog> recipes = new(RecipeCatalog.Default);

    public RecipeCatalog Recipes => recipes.Value;

    /// <summary>Stops before a run of any of the recipes exists that could not be run.</summary>
    /// <exception cref="DasException">A recipe has flaws; the message is the first one's sentence.</exception>
    public async Task RefuseFlawedAsync(params IReadOnlyList<Recipe> planned)
    {
        foreach (Recipe recipe in planned)
            if (await Host.FlawsAsync(recipe, Interrupted) is [var first, ..] flaws)
                throw new DasException(ErrorKind.Recipe, first.Sentence + (flaws.Count == 1 ? "" : $" ({flaws.Count - 1} more: das check lists them.)"));
    }

    /// <summary>What runs have made.</summary>
    public static ArtifactStore Store => new(DasHome.FromEnvironment().Artifacts);

    /// <summary>Closes <c>DAS_HOME</c> to others, and says what is wrong with it as a whole.</summary>
    public async Task TellOfHomeAsync()
    {
        DasHome home = DasHome.FromEnvironment();
        if (home.Exposed is not null && home.Made().Exposed is { } open) Terminal.Note(open);
        if (await Host.LostRegistryAsync() is { } lost) Terminal.Note(lost);
    }

    /// <summary>Everything that runs leave behind lies here: <c>DAS_HOME</c>, by default <c>.das</c> in the working directory.</summary>
    public static string Home => Path.GetFullPath(Environment.GetEnvironmentVariable("DAS_HOME") is { Length: > 0 } home ? home : ".das");
}
