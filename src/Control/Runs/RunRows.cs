using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Das.Control.Runs;

/// <summary>A run as people see it. Its saga writes it; <see cref="RunRegistry"/> writes only the wishes.</summary>
public sealed class RunRow
{
    public static readonly IReadOnlyList<RunStatus> Ended = [RunStatus.Completed, RunStatus.Failed, RunStatus.Cancelled];

    public Guid Id { get; set; }
    public string Name { get; set; } = "";
    public string Recipe { get; set; } = "";

    /// <summary>What the recipe calls itself, its backbone and its benchmark: what lists are filtered by.</summary>
    public string RecipeName { get; set; } = "";

    public string Backbone { get; set; } = "";
    public string Benchmark { get; set; } = "";

    /// <summary>Words that people gave it, each once, in ordinal order, with one space between them and around: <c> baseline seed-study </c>.</summary>
    public string Tags { get; set; } = "";

    public string Notes { get; set; } = "";
    public RunStatus State { get; set; }
    public bool Fresh { get; set; }

    /// <summary>The results the run was given, as JSON of <see cref="Contracts.GivenResults"/>.</summary>
    public string? Given { get; set; }

    public string? Error { get; set; }

    /// <summary>Whether a retry may end better than <see cref="Error"/>.</summary>
    public bool RetryHelps { get; set; } = true;

    public bool CancelRequested { get; set; }
    public bool RetryRequested { get; set; }
    public DateTime Created { get; set; }
    public DateTime Updated { get; set; }
    public DateTime? Finished { get; set; }
}

/// <summary>A stage of a run, or one of its branches.</summary>
public sealed class StageRow
{
    public Guid RunId { get; set; }

    /// <summary>A step's name: the stage's, with its branch where it has several.</summary>
    public string Stage { get; set; } = "";

    public StageStatus State { get; set; }
    public string? Key { get; set; }

    /// <summary>Another run had made the result before.</summary>
    public bool Reused { get; set; }

    /// <summary>How often the work was begun until it was finished.</summary>
    public int Deliveries { get; set; }

    public DateTime? Started { get; set; }
    public DateTime? Finished { get; set; }
    public string? Error { get; set; }
}

/// <summary>A finished stage's <c>result.json</c>.</summary>
public sealed class ArtifactRow
{
    public string Uri { get; set; } = "";
    public string Sha256 { get; set; } = "";
    public long Bytes { get; set; }
    public string Stage { get; set; } = "";
}

/// <summary>One of the few numbers that lists of runs show.</summary>
public sealed class MetricRow
{
    public Guid RunId { get; set; }
    public string Name { get; set; } = "";
    public double Mean { get; set; }

    /// <summary>The ends of its 95 % interval, where it has one.</summary>
    public double? Low { get; set; }

    public double? High { get; set; }
    public MetricKind Kind { get; set; }
    public bool HigherIsBetter { get; set; }

    public static MetricRow Of(Guid runId, Metric metric) => new()
    {
        RunId = runId, Name = metric.Name, Mean = metric.Mean, Low = metric.Low, High = metric.High, Kind = metric.Kind,
        HigherIsBetter = metric.HigherIsBetter,
    };

    public Metric ToMetric() => new(Name, Mean, Low, High, Kind, HigherIsBetter);
}

/// <summary>An artifact was made from an input artifact.</summary>
public sealed class LineageRow
{
    public string Artifact { get; set; } = "";
    public string Input { get; set; } = "";
}

/// <summary>The tables of runs.</summary>
public static class RunTables
{
    extension(RegistryContext registry)
    {
        public DbSet<RunRow> Runs => registry.Set<RunRow>();
        public DbSet<StageRow> Stages => registry.Set<StageRow>();
        public DbSet<ArtifactRow> Artifacts => registry.Set<ArtifactRow>();
        public DbSet<MetricRow> Metrics => registry.Set<MetricRow>();
        public DbSet<LineageRow> Lineage => registry.Set<LineageRow>();
        public DbSet<RunState> Sagas => registry.Set<RunState>();
    }
}

internal sealed class RunConfiguration : IEntityTypeConfiguration<RunRow>, IEntityTypeConfiguration<StageRow>, IEntityTypeConfiguration<ArtifactRow>,
    IEntityTypeConfiguration<MetricRow>, IEntityTypeConfiguration<LineageRow>, IEntityTypeConfiguration<RunState>
{
    public void Configure(EntityTypeBuilder<RunRow> builder)
    {
        builder.ToTable("Runs").HasKey(run => run.Id);
        builder.HasIndex(run => new { run.State, run.Created });
        builder.HasIndex(run => new { run.RecipeName, run.Created });
        builder.HasIndex(run => new { run.Backbone, run.Created });
        builder.HasIndex(run => new { run.Benchmark, run.Created });
        builder.HasIndex(run => run.Created);
        builder.HasIndex(run => run.Updated);
    }

    public void Configure(EntityTypeBuilder<StageRow> builder) => builder.ToTable("Stages").HasKey(stage => new { stage.RunId, stage.Stage });

    public void Configure(EntityTypeBuilder<ArtifactRow> builder) => builder.ToTable("Artifacts").HasKey(artifact => artifact.Uri);

    public void Configure(EntityTypeBuilder<MetricRow> builder) => builder.ToTable("Metrics").HasKey(metric => new { metric.RunId, metric.Name });

    public void Configure(EntityTypeBuilder<LineageRow> builder)
    {
        builder.ToTable("Lineage").HasKey(edge => new { edge.Artifact, edge.Input });
        builder.HasIndex(edge => edge.Input);
    }

    public void Configure(EntityTypeBuilder<RunState> builder)
    {
        builder.ToTable("Sagas").HasKey(run => run.CorrelationId);
        builder.Property(run => run.CorrelationId).ValueGeneratedNever();
        builder.Property(run => run.Answers).HasConversion<AnswersJson, AnswersByReference>();
    }

    private sealed class AnswersJson() : ValueConverter<IReadOnlyDictionary<string, StageAnswer>, string>(
        answers => JsonSerializer.Serialize(answers, JsonSerializerOptions.Web),
        json => JsonSerializer.Deserialize<Dictionary<string, StageAnswer>>(json, JsonSerializerOptions.Web)!);

    /// <summary>Answers are replaced, never changed.</summary>
    private sealed class AnswersByReference() : ValueComparer<IReadOnlyDictionary<string, StageAnswer>>(
        (one, other) => ReferenceEquals(one, other), answers => RuntimeHelpers.GetHashCode(answers), answers => answers);
}
