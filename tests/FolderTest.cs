namespace Das.Tests;

/// <summary>Tests with a folder of their own.</summary>
public abstract class FolderTest : IDisposable
{
    protected readonly TemporaryFolder folder = new();

    public virtual void Dispose() => folder.Dispose();
}
