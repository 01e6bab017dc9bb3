namespace Das.Training.Batches;

/// <summary>
/// An endless stream of batches over <paramref name="count"/> samples: every epoch visits each sample once, in an order
/// drawn from the seed and the epoch. The last batch of an epoch may be smaller.
/// </summary>
/// <param name="count">Samples in the split.</param>
/// <param name="batch">Samples per batch.</param>
/// <param name="seed">The recipe's seed.</param>
/// <param name="purpose">Tells streams of one run apart: <c>train</c>, <c>reward</c>.</param>
public sealed class EpochStream(int count, int batch, int seed, string purpose)
{
    private (long Epoch, int[] Order) current = (-1, []);

    /// <summary>ceil(count / batch).</summary>
    public static int BatchesPerEpoch(int count, int batch) => (count + batch - 1) / batch;

    /// <summary>See <see cref="BatchesPerEpoch"/>.</summary>
    public int PerEpoch { get; } = count > 0 ? BatchesPerEpoch(count, batch)
        : throw new DasException(ErrorKind.Data, $"The split behind '{purpose}' has no samples.");

    /// <summary>Sample indices of batch <paramref name="position"/>, counted from the start of the run.</summary>
    public ArraySegment<int> this[long position]
    {
        get
        {
            long epoch = position / PerEpoch;
            if (current.Epoch != epoch) current = (epoch, Seeds.Random(seed, purpose + "/order", epoch).Permutation(count));
            int start = (int)(position % PerEpoch) * batch;
            return new(current.Order, start, Math.Min(batch, count - start));
        }
    }
}
