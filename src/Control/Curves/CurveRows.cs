namespace Das.Control.Curves;

/// <summary>One curve of a run's stage, by <see cref="CurveNames"/>.</summary>
public sealed class SeriesRow
{
    public int Id { get; set; }
    public Guid RunId { get; set; }
    public string Stage { get; set; } = "";
    public string Name { get; set; } = "";

    /// <summary>The candidate layer whose curve it is; <see cref="NoLayer"/> where it is no layer's.</summary>
    public int Layer { get; set; } = NoLayer;

    /// <summary>A number, since an index holds no two NULLs for equal.</summary>
    public const int NoLayer = -1;
}

/// <summary>A point of a curve; <see cref="Step"/> counts the units of the stage's progress.</summary>
public sealed class PointRow
{
    public int SeriesId { get; set; }
    public long Step { get; set; }
    public double Value { get; set; }
}

/// <summary>A line of a run's log.</summary>
public sealed class LogRow
{
    public long Id { get; set; }
    public Guid RunId { get; set; }
    public DateTime At { get; set; }
    public string Stage { get; set; } = "";
    public string Text { get; set; } = "";
}

/// <summary>The tables of curves and logs.</summary>
public static class CurveTables
{
    extension(RegistryContext registry)
    {
        public DbSet<SeriesRow> Series => registry.Set<SeriesRow>();
        public DbSet<PointRow> Points => registry.Set<PointRow>();
        public DbSet<LogRow> Log => registry.Set<LogRow>();
    }
}

internal sealed class CurveConfiguration : IEntityTypeConfiguration<SeriesRow>, IEntityTypeConfiguration<PointRow>, IEntityTypeConfiguration<LogRow>
{
    public void Configure(EntityTypeBuilder<SeriesRow> builder) =>
        builder.ToTable("Series").HasIndex(series => new { series.RunId, series.Stage, series.Name, series.Layer }).IsUnique();

    public void Configure(EntityTypeBuilder<PointRow> builder) => builder.ToTable("Points").HasKey(point => new { point.SeriesId, point.Step });

    public void Configure(EntityTypeBuilder<LogRow> builder) => builder.ToTable("Log").HasIndex(line => new { line.RunId, line.Id });
}
