using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Das.Control.Registry;

/// <summary>The registry's tables, one of them the saga's own.</summary>
public sealed class RegistryContext(DbContextOptions<RegistryContext> options) : DbContext(options)
{
    public DbSet<RunRow> Runs => Set<RunRow>();
    public DbSet<StageRow> Stages => Set<StageRow>();
    public DbSet<ArtifactRow> Artifacts => Set<ArtifactRow>();
    public DbSet<MetricRow> Metrics => Set<MetricRow>();
    public DbSet<LineageRow> Lineage => Set<LineageRow>();
    public DbSet<SeriesRow> Series => Set<SeriesRow>();
    public DbSet<PointRow> Points => Set<PointRow>();
    public DbSet<LogRow> Log => Set<LogRow>();
    public DbSet<ScheduleRow> Schedules => Set<ScheduleRow>();
    public DbSet<FiringRow> Firings => Set<FiringRow>();
    public DbSet<UserRow> Users => Set<UserRow>();
    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();
    public DbSet<RunState> Sagas => Set<RunState>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcTime>();
        configurationBuilder.Properties<RunStatus>().HaveConversion<string>();
        configurationBuilder.Properties<StageStatus>().HaveConversion<string>();
        configurationBuilder.Properties<IReadOnlyDictionary<string, StageAnswer>>().HaveConversion<AnswersJson, ByReference>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RunRow>().ToTable("Runs").HasKey(run => run.Id);
        modelBuilder.Entity<RunRow>().HasIndex(run => new { run.State, run.Created });
        modelBuilder.Entity<RunRow>().HasIndex(run => new { run.RecipeName, run.Created });
        modelBuilder.Entity<RunRow>().HasIndex(run => new { run.Backbone, run.Created });
        modelBuilder.Entity<RunRow>().HasIndex(run => new { run.Benchmark, run.Created });
        modelBuilder.Entity<RunRow>().HasIndex(run => run.Created);
        modelBuilder.Entity<RunRow>().HasIndex(run => run.Updated);
        modelBuilder.Entity<StageRow>().ToTable("Stages").HasKey(stage => new { stage.RunId, stage.Stage });
        modelBuilder.Entity<ArtifactRow>().ToTable("Artifacts").HasKey(artifact => artifact.Uri);
        modelBuilder.Entity<MetricRow>().ToTable("Metrics").HasKey(metric => new { metric.RunId, metric.Name });
        modelBuilder.Entity<LineageRow>().ToTable("Lineage").HasKey(edge => new { edge.Artifact, edge.Input });
        modelBuilder.Entity<LineageRow>().HasIndex(edge => edge.Input);
        modelBuilder.Entity<SeriesRow>().ToTable("Series").HasIndex(series => new { series.RunId, series.Stage, series.Name }).IsUnique();
        modelBuilder.Entity<PointRow>().ToTable("Points").HasKey(point => new { point.SeriesId, point.Step });
        modelBuilder.Entity<LogRow>().ToTable("Log").HasIndex(line => new { line.RunId, line.Id });
        modelBuilder.Entity<ScheduleRow>().ToTable("Schedules").HasIndex(schedule => schedule.Name).IsUnique();
        modelBuilder.Entity<FiringRow>().ToTable("Firings").HasIndex(firing => new { firing.ScheduleId, firing.Due }).IsUnique();
        modelBuilder.Entity<FiringRow>().HasIndex(firing => firing.RunId);
        modelBuilder.Entity<UserRow>().ToTable("Users").HasKey(user => user.Name);
        modelBuilder.Entity<ApiKeyRow>().ToTable("ApiKeys").HasKey(key => key.Sha256);
        modelBuilder.Entity<RunState>().ToTable("Sagas").HasKey(run => run.CorrelationId);
        modelBuilder.Entity<RunState>().Property(run => run.CorrelationId).ValueGeneratedNever();
    }

    private sealed class UtcTime() : ValueConverter<DateTime, DateTime>(time => time, time => DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private sealed class AnswersJson() : ValueConverter<IReadOnlyDictionary<string, StageAnswer>, string>(
        answers => JsonSerializer.Serialize(answers, JsonSerializerOptions.Web),
        json => JsonSerializer.Deserialize<Dictionary<string, StageAnswer>>(json, JsonSerializerOptions.Web)!);

    /// <summary>Answers are replaced, never changed.</summary>
    private sealed class ByReference() : ValueComparer<IReadOnlyDictionary<string, StageAnswer>>(
        (one, other) => ReferenceEquals(one, other), answers => RuntimeHelpers.GetHashCode(answers), answers => answers);
}
