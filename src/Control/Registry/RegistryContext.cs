using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Das.Control.Registry;

/// <summary>
/// The registry's tables, one of them the saga's own. Which they are is said beside their rows: every <see cref="IEntityTypeConfiguration{TEntity}"/> of this
/// assembly counts, so that the context knows no feature and every feature may use the context.
/// </summary>
public sealed class RegistryContext(DbContextOptions<RegistryContext> options) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcTime>();
        configurationBuilder.Properties<RunStatus>().HaveConversion<string>();
        configurationBuilder.Properties<StageStatus>().HaveConversion<string>();
        configurationBuilder.Properties<MetricKind>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.ApplyConfigurationsFromAssembly(typeof(RegistryContext).Assembly);

    private sealed class UtcTime() : ValueConverter<DateTime, DateTime>(time => time, time => DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
