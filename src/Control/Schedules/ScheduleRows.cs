namespace Das.Control.Schedules;

/// <summary>A re-evaluation that comes back; the truth about schedules, of which Hangfire only holds a copy.</summary>
public sealed class ScheduleRow
{
    public Guid Id { get; set; }
    public string Name { get; set; } = "";

    /// <summary>Five fields: minute, hour, day of the month, month, day of the week.</summary>
    public string Cron { get; set; } = "";

    /// <summary>IANA name of the time zone that <see cref="Cron"/> is meant in.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The run whose checkpoint is evaluated again; or none, where the best run of <see cref="RecipeName"/> is.</summary>
    public Guid? RunId { get; set; }

    public string? RecipeName { get; set; }

    /// <summary>The metric by which runs are ranked and drops are judged.</summary>
    public string Metric { get; set; } = "accuracy";

    /// <summary>What becomes of firings that fell into a downtime: <c>once</c> (the latest), <c>all</c> or <c>none</c>.</summary>
    public string CatchUp { get; set; } = "once";

    /// <summary>Where a significant drop is posted to as JSON; none by default.</summary>
    public string? Webhook { get; set; }

    public bool Paused { get; set; }
    public DateTime Created { get; set; }

    /// <summary>Firings up to this time (UTC) are settled.</summary>
    public DateTime Settled { get; set; }
}

/// <summary>One firing of a schedule and what the re-evaluation found.</summary>
public sealed class FiringRow
{
    public long Id { get; set; }
    public Guid ScheduleId { get; set; }

    /// <summary>When it was due, UTC; a schedule fires at most once for each time.</summary>
    public DateTime Due { get; set; }

    public DateTime Fired { get; set; }

    /// <summary>The run it started; none where it was left out.</summary>
    public Guid? RunId { get; set; }

    /// <summary><c>started</c>, <c>left out</c>, <c>passed</c>, <c>dropped</c> or <c>failed</c>.</summary>
    public string Outcome { get; set; } = "";

    /// <summary>Why it was left out or failed, or what dropped, as a sentence.</summary>
    public string? Sentence { get; set; }

    /// <summary>The run it was compared with.</summary>
    public Guid? ComparedWith { get; set; }

    public double? Before { get; set; }
    public double? After { get; set; }
    public double? PValue { get; set; }
}

/// <summary>The tables of schedules.</summary>
public static class ScheduleTables
{
    extension(RegistryContext registry)
    {
        public DbSet<ScheduleRow> Schedules => registry.Set<ScheduleRow>();
        public DbSet<FiringRow> Firings => registry.Set<FiringRow>();
    }
}

internal sealed class ScheduleConfiguration : IEntityTypeConfiguration<ScheduleRow>, IEntityTypeConfiguration<FiringRow>
{
    public void Configure(EntityTypeBuilder<ScheduleRow> builder) => builder.ToTable("Schedules").HasIndex(schedule => schedule.Name).IsUnique();

    public void Configure(EntityTypeBuilder<FiringRow> builder)
    {
        builder.ToTable("Firings").HasIndex(firing => new { firing.ScheduleId, firing.Due }).IsUnique();
        builder.HasIndex(firing => firing.RunId);
    }
}
