namespace Das.Benchmarks.Tasks;

/// <summary>A benchmark that has nothing to choose.</summary>
public sealed record NoOptions;
