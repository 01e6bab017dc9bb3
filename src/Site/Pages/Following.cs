using Microsoft.AspNetCore.Components;

namespace Das.Site.Pages;

/// <summary>A component that loads what it shows, and loads it again when its parameters change or a run does.</summary>
public abstract class Following : ComponentBase, IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource gone = new();
    private readonly SemaphoreSlim one = new(1);

    [Inject] private RunFeed Feed { get; set; } = null!;

    /// <summary>The one run whose changes matter; null where every run's do.</summary>
    protected virtual Guid? Followed => null;

    /// <summary>Reads what is shown.</summary>
    protected abstract Task LoadAsync();

    /// <summary>Reads what is shown, one reading after the other: what the latest finds is what stays.</summary>
    protected async Task RefreshAsync()
    {
        await one.WaitAsync();
        try { await LoadAsync(); }
        finally { one.Release(); }
    }

    /// <summary>Listens before the first reading, so that no change falls in between.</summary>
    protected override void OnInitialized()
    {
        if (RendererInfo.IsInteractive) _ = FollowAsync();
    }

    protected override Task OnParametersSetAsync() => RefreshAsync();

    public void Dispose()
    {
        gone.Cancel();
        gone.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task FollowAsync()
    {
        CancellationToken ended = gone.Token;
        try
        {
            await foreach (IReadOnlySet<Guid> changed in Feed.FollowAsync(cancellation: ended))
            {
                if (Followed is { } only && !changed.Contains(only)) continue;
                await InvokeAsync(async () =>
                {
                    await RefreshAsync();
                    StateHasChanged();
                });
                await Task.Delay(Pace, ended);
            }
        }
        catch (OperationCanceledException) { /* The component is gone. */ }
        catch (Exception fault) when (!ended.IsCancellationRequested) { await DispatchExceptionAsync(fault); }
    }
}
