namespace Das.Contracts;

/// <summary>How people name runs.</summary>
public static class RunIds
{
    /// <summary>The first eight hexadecimal digits of an id: enough to name a run.</summary>
    public static string Short(Guid id) => id.ToString("N")[..8];
}
