namespace Das.Training.Tasks;

/// <summary>Prepares the next batch on another thread while the current one is computed.</summary>
/// <param name="prepare">A function of indices and position alone; may run on any thread.</param>
internal sealed class Lookahead<T>(Func<int[], long, T> prepare)
{
    private (int[] Indices, long Position, Task<T> Ready)? next;

    public T Take(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following)
    {
        T taken = next is { } ahead && ahead.Position == position && ahead.Indices.SequenceEqual(indices) ? ahead.Ready.GetAwaiter().GetResult()
            : prepare([.. indices], position);
        next = null;
        if (following is not null)
        {
            int[] wanted = [.. following];
            next = (wanted, position + 1, Task.Run(() => prepare(wanted, position + 1)));
        }
        return taken;
    }
}
