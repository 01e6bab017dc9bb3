namespace Das.Training.Data;

/// <summary>Work that is done on other threads before its turn; its results come in order.</summary>
public static class LookAhead
{
    /// <summary>Starts a piece when as many results as there are processors are still wanted before it.</summary>
    /// <param name="pieces">Asked for one after the other on the caller's thread; each may run on any.</param>
    public static IEnumerable<T> InOrder<T>(IEnumerable<Func<T>> pieces)
    {
        Queue<Task<T>> started = [];
        foreach (Func<T> piece in pieces)
        {
            started.Enqueue(Task.Run(piece));
            if (started.Count > Environment.ProcessorCount) yield return started.Dequeue().GetAwaiter().GetResult();
        }
        while (started.TryDequeue(out Task<T>? next)) yield return next.GetAwaiter().GetResult();
    }
}
