namespace Das.Tests;

/// <summary>Tests whose tensors go with them.</summary>
/// <param name="learns">Whether gradients are kept.</param>
public abstract class TensorTest(bool learns = true) : FolderTest
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly IDisposable? frozen = learns ? null : no_grad();

    public override void Dispose()
    {
        frozen?.Dispose();
        scope.Dispose();
        base.Dispose();
    }
}
