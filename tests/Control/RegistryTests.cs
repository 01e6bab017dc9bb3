using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control;

public sealed class RegistryTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void The_migrations_make_the_tables_that_the_features_configure()
    {
        using RegistryContext rows = new RegistryDatabase(new(_home.Path)).CreateDbContext();
        Assert.False(rows.Database.HasPendingModelChanges());
        Assert.Equal(["ApiKeys", "Artifacts", "Firings", "Lineage", "Log", "Metrics", "Points", "Runs", "Sagas", "Schedules", "Series", "Stages", "Users"],
            rows.Model.GetEntityTypes().Select(table => table.GetTableName()).Order(StringComparer.Ordinal));
    }
}
