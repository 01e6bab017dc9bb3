namespace Das.Tests;

/// <summary>What every test may use by name.</summary>
internal static class Running
{
    /// <summary>Cancelled when the running test is.</summary>
    public static CancellationToken Token => TestContext.Current.CancellationToken;
}
