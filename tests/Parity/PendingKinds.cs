namespace Das.Tests.Parity;

/// <summary>Kinds of recordings whose backbone, benchmark or task is not built yet, by name.</summary>
public static class PendingKinds
{
    public static IReadOnlyList<string> All { get; } =
    [];
}
