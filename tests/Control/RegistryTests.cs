using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control;

public sealed class RegistryTests : PipelineTest
{
    [Fact]
    public void The_migrations_make_the_tables_that_the_features_configure()
    {
        using RegistryContext rows = Rows();
        Assert.False(rows.Database.HasPendingModelChanges());
        Assert.Equal(["ApiKeys", "Artifacts", "Firings", "Lineage", "Log", "Metrics", "Outbox", "Points", "Runs", "Sagas", "Schedules", "Series", "Stages",
            "Users"], rows.Model.GetEntityTypes().Select(table => table.GetTableName()).Order(StringComparer.Ordinal));
    }
}
