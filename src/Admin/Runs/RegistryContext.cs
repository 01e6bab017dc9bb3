using System.Text.Json;
using Das.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Das.Admin.Runs;

/// <summary>The registry's tables, one of them the saga's own.</summary>
public sealed class RegistryContext(DbContextOptions<RegistryContext> options) : DbContext(options)
{
    public DbSet<RunRow> Runs => Set<RunRow>();
    public DbSet<StageRow> Stages => Set<StageRow>();
    public DbSet<ArtifactRow> Artifacts => Set<ArtifactRow>();
    public DbSet<MetricRow> Metrics => Set<MetricRow>();
    public DbSet<LineageRow> Lineage => Set<LineageRow>();
    public DbSet<RunState> Sagas => Set<RunState>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcTime>();
        configurationBuilder.Properties<ArtifactRef>().HaveConversion<ArtifactJson>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RunRow>().ToTable("Runs").HasKey(run => run.Id);
        modelBuilder.Entity<RunRow>().HasIndex(run => run.State);
        modelBuilder.Entity<StageRow>().ToTable("Stages").HasKey(stage => new { stage.RunId, stage.Stage });
        modelBuilder.Entity<ArtifactRow>().ToTable("Artifacts").HasKey(artifact => artifact.Uri);
        modelBuilder.Entity<MetricRow>().ToTable("Metrics").HasKey(metric => new { metric.RunId, metric.Name });
        modelBuilder.Entity<LineageRow>().ToTable("Lineage").HasKey(edge => new { edge.Artifact, edge.Input });
        modelBuilder.Entity<RunState>().ToTable("Sagas").HasKey(run => run.CorrelationId);
        modelBuilder.Entity<RunState>().Property(run => run.CorrelationId).ValueGeneratedNever();
    }

    private sealed class UtcTime() : ValueConverter<DateTime, DateTime>(time => time, time => DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private sealed class ArtifactJson() : ValueConverter<ArtifactRef, string>(
        artifact => JsonSerializer.Serialize(artifact, JsonSerializerOptions.Web),
        json => JsonSerializer.Deserialize<ArtifactRef>(json, JsonSerializerOptions.Web)!);
}
