namespace Das.Models.Decoders;

/// <summary>
/// Sequences of a batch's tokens, further tokens and vectors in the place of tokens: at first a plan of what stands where, written row
/// by row from the left and cut at the longest sequence, then the embeddings.
/// </summary>
/// <param name="batch">The texts.</param>
/// <param name="longest">Positions of a row; what comes after them is left out.</param>
internal sealed class Splice(TokenBatch batch, int longest)
{
    private readonly List<List<Slot>> rows = [];
    private readonly List<long> further = [];
    private readonly long columns = batch.Ids.shape[1], given = batch.Ids.numel();

    /// <summary>Begins the next row.</summary>
    public void Begin() => rows.Add([]);

    /// <summary>Tokens of this row's text, with their labels.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">One after the last.</param>
    public void Tokens(int from, int to)
    {
        long first = (rows.Count - 1) * columns;
        for (long place = first + from; place < first + to; place++) Add(new(place, place, Slot.None));
    }

    /// <summary>Tokens that stand in no text and are not learnt.</summary>
    public void Further(IEnumerable<int> ids)
    {
        foreach (int id in ids)
        {
            Add(new(given + further.Count, given, Slot.None));
            further.Add(id);
        }
    }

    /// <summary>Vectors one after the other.</summary>
    /// <param name="first">The first one's row in the table of vectors.</param>
    /// <param name="count">How many.</param>
    public void Vectors(long first, int count = 1)
    {
        for (int i = 0; i < count; i++) Add(new(Slot.None, given, first + i));
    }

    /// <summary>The sequences as planned.</summary>
    /// <param name="embed">From ids (B, T) to (B, T, D).</param>
    /// <param name="vectors">(K, D), the table of vectors; null where the plan has none.</param>
    public Sequence Embed(Func<Tensor, Tensor> embed, Tensor? vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        int B = rows.Count, S = rows.Max(row => row.Count);
        Device device = batch.Ids.device;
        Slot padding = new(given + further.Count, given, Slot.None);
        Slot[] all = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(padding, S - row.Count)))];

        Tensor table = cat([batch.Ids.reshape(-1), Longs([.. further, 0])], 0);
        // (B S, D)
        Tensor x = embed(table.index_select(0, Longs(all.Select(slot => slot.Word == Slot.None ? padding.Word : slot.Word))).view(1, -1)).squeeze(0);
        long[] places = [.. Enumerable.Range(0, all.Length).Where(i => all[i].Vector != Slot.None).Select(i => (long)i)];
        if (places.Length > 0) x = x.index_copy(0, Longs(places), vectors!.index_select(0, Longs(places.Select(i => all[i].Vector))).to_type(x.dtype));
        Tensor? labels = batch.Labels is { } learnt ? cat([learnt.reshape(-1), Longs([TokenBatch.Ignored])], 0).index_select(0,
            Longs(all.Select(slot => slot.Label))).view(B, S) : null;
        return new(x.view(B, S, -1).MoveToOuterDisposeScope(), [.. rows.Select(row => row.Count)], labels?.MoveToOuterDisposeScope());

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), device: device);
    }

    private void Add(Slot slot)
    {
        if (rows[^1].Count < longest) rows[^1].Add(slot);
    }

    /// <summary>What stands at a position.</summary>
    /// <param name="Word">Its place in the flattened ids, further tokens and one of padding; none for a vector.</param>
    /// <param name="Label">Its place in the flattened labels and one that is ignored.</param>
    /// <param name="Vector">Its row in the table of vectors; none for a token.</param>
    private readonly record struct Slot(long Word, long Label, long Vector)
    {
        public const long None = -1;
    }
}
