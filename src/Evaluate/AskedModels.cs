using Das.Stages;

namespace Das.Evaluate;

/// <summary>
/// Answers for finished decoders, on the device of the run's recipe. The model asked last stays loaded, until another is asked or nobody has asked for
/// <see cref="Idle"/>. It is loaded and asked in the process's turn to compute: building a model draws from torch's generator, which a stage at work
/// counts on. Where a stage has the turn the question is refused with a sentence, as a stage may have it for hours.
/// </summary>
public sealed class AskedModels : ModelAnswers, IDisposable
{
    /// <summary>How long memory is held for the next question.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private readonly ArtifactStore store;
    private readonly SemaphoreSlim one = new(1);
    private readonly ITimer idle;
    private (ArtifactRef Checkpoint, string Recipe)? loaded;
    private FinishedDecoder? model;

    public AskedModels(ArtifactStore store, TimeProvider clock)
    {
        this.store = store;
        idle = clock.CreateTimer(_ => Drop(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long the turn to compute is waited for.</summary>
    public TimeSpan PatienceForTurn { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A model is in memory.</summary>
    public bool Holds => model is not null;

    public override async Task<string> AnswerAsync(AskModel asked, CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            return await Task.Run(async () =>
            {
                // Every byte of a large checkpoint may have to be read for its digest, which takes no turn.
                string? folder = loaded == (asked.Checkpoint, asked.Recipe) ? null : store.FolderOf(asked.Checkpoint, cancellation: cancellation);
                using IDisposable turn = await TurnAsync(cancellation);
                if (folder is not null) Load(asked, folder);
                return model!.Answer(asked.Earlier, asked.Question, asked.Picture, asked.MaxTokens, cancellation);
            }, cancellation);
        }
        finally
        {
            idle.Change(Idle, Timeout.InfiniteTimeSpan);
            one.Release();
        }
    }

    public void Dispose()
    {
        idle.Dispose();
        Drop();
    }

    private void Load(AskModel asked, string folder)
    {
        Forget();
        Recipe recipe = Recipe.Parse(asked.Recipe);
        model = new(Path.Combine(folder, ResultFiles.Checkpoint), recipe.Backbone, recipe.Device);
        loaded = (asked.Checkpoint, asked.Recipe);
    }

    /// <summary>Nothing while an answer is written, which sets the time anew.</summary>
    private void Drop()
    {
        if (!one.Wait(0)) return;
        try { Forget(); }
        finally { one.Release(); }
    }

    private void Forget()
    {
        model?.Dispose();
        (model, loaded) = (null, null);
    }

    private async Task<IDisposable> TurnAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceForTurn);
        try { return await Devices.EnterAsync(patience.Token); }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DasException(ErrorKind.Machine, "The worker that answers questions is at work on a run's stage. Ask again when it has ended, or "
                + "start another das worker evaluate.");
        }
    }
}
