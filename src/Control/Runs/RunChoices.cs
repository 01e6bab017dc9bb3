namespace Das.Control.Runs;

/// <summary>What the list of runs can be filtered by: every value that some run has, in ordinal order.</summary>
public sealed record RunChoices(IReadOnlyList<string> Recipes, IReadOnlyList<string> Backbones, IReadOnlyList<string> Benchmarks, IReadOnlyList<string> Tags);

/// <summary>Looks the choices up, at most every few seconds for all pages together.</summary>
public sealed class RunFilters(IDbContextFactory<RegistryContext> registry, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private (RunChoices Choices, DateTimeOffset At)? _last;

    public async Task<RunChoices> ReadAsync()
    {
        if (_last is { } last && clock.GetUtcNow() - last.At < Fresh) return last.Choices;
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        RunChoices choices = new(
            await Named(rows.Runs.Select(run => run.RecipeName)),
            await Named(rows.Runs.Select(run => run.Backbone)),
            await Named(rows.Runs.Select(run => run.Benchmark)),
            [.. (await Named(rows.Runs.Select(run => run.Tags))).SelectMany(tags => tags.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()
                .Order(StringComparer.Ordinal)]);
        _last = (choices, clock.GetUtcNow());
        return choices;
    }

    private static Task<List<string>> Named(IQueryable<string> values) => values.Where(value => value != "").Distinct().OrderBy(value => value).ToListAsync();
}
