namespace Das.Tests.Control;

/// <summary>A worker's models that answer what a test says; by default every question with itself.</summary>
public sealed class FakeAnswers : ModelAnswers
{
    public ConcurrentQueue<AskModel> Asked { get; } = [];

    public Func<AskModel, CancellationToken, Task<string>> Answer { get; set; } = (asked, _) => Task.FromResult($"You asked: {asked.Question}");

    public override Task<string> AnswerAsync(AskModel asked, CancellationToken cancellation)
    {
        Asked.Enqueue(asked);
        return Answer(asked, cancellation);
    }

    /// <summary>Answers nothing until the question is ended.</summary>
    /// <returns>Completed when it is.</returns>
    public Task Hang()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer = async (_, cancellation) =>
        {
            using CancellationTokenRegistration told = cancellation.Register(() => ended.TrySetResult());
            await Task.Delay(Timeout.Infinite, cancellation);
            return "";
        };
        return ended.Task;
    }

    /// <summary>Returns when a question has come to the worker.</summary>
    public async Task UntilAskedAsync()
    {
        while (Asked.IsEmpty) await Task.Delay(10, Token);
    }
}
