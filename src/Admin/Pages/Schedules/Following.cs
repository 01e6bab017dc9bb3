using Das.Admin.Runs;
using Microsoft.AspNetCore.Components;

namespace Das.Admin.Pages.Schedules;

/// <summary>A component that loads what it shows, and loads it again whenever a run changes.</summary>
public abstract class Following : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource gone = new();

    [Inject]
    private RunFeed Feed { get; set; } = null!;

    /// <summary>Ends with the component.</summary>
    protected CancellationToken Gone => gone.Token;

    /// <summary>Reads what is shown.</summary>
    protected abstract Task LoadAsync();

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        if (RendererInfo.IsInteractive) _ = FollowAsync();
    }

    public void Dispose()
    {
        gone.Cancel();
        gone.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task FollowAsync()
    {
        await foreach (IReadOnlySet<Guid> _ in Feed.FollowAsync(cancellation: gone.Token))
            await InvokeAsync(async () =>
            {
                await LoadAsync();
                StateHasChanged();
            });
    }
}
