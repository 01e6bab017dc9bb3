namespace Das.Models.Decoders;

/// <summary>
/// Builds the decoder's input sequences from a batch's tokens, inserted tokens and inserted vectors: first a plan, row by row from the left and
/// truncated at the longest sequence, then the embeddings.
/// </summary>
/// <param name="batch">The texts.</param>
/// <param name="maxLength">Positions of a row; what comes after them is left out.</param>
internal sealed class SequenceBuilder(TokenBatch batch, int maxLength)
{
    private readonly List<List<Slot>> rows = [];
    private readonly List<long> inserted = [];
    private readonly long columns = batch.Ids.shape[1], count = batch.Ids.numel();

    public void BeginRow() => rows.Add([]);

    /// <summary>Tokens of this row's text, with their labels.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">One after the last.</param>
    public void AddTokens(int from, int to)
    {
        long first = (rows.Count - 1) * columns;
        for (long i = first + from; i < first + to; i++) Add(new(i, i, Slot.None));
    }

    /// <summary>Tokens that are in no text and that no loss is computed of.</summary>
    public void InsertTokens(IEnumerable<int> ids)
    {
        foreach (int id in ids)
        {
            Add(new(count + inserted.Count, count, Slot.None));
            inserted.Add(id);
        }
    }

    /// <summary>Consecutive vectors, which no loss is computed of.</summary>
    /// <param name="first">The first one's row in the table of vectors.</param>
    /// <param name="count">How many.</param>
    public void InsertVectors(long first, int count = 1)
    {
        for (int i = 0; i < count; i++) Add(new(Slot.None, this.count, first + i));
    }

    /// <summary>The planned sequences.</summary>
    /// <param name="embed">From ids (B, T) to (B, T, D).</param>
    /// <param name="vectors">(K, D), the table of vectors; null where the plan has none.</param>
    public Sequence Build(Func<Tensor, Tensor> embed, Tensor? vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        int B = rows.Count, S = rows.Max(row => row.Count);
        Device device = batch.Ids.device;
        Slot padding = new(count + inserted.Count, count, Slot.None);
        Slot[] all = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(padding, S - row.Count)))];

        Tensor table = cat([batch.Ids.reshape(-1), Longs([.. inserted, 0])], 0);
        // (B S, D)
        Tensor x = embed(table.index_select(0, Longs(all.Select(slot => slot.Token == Slot.None ? padding.Token : slot.Token))).view(1, -1)).squeeze(0);
        long[] positions = [.. Enumerable.Range(0, all.Length).Where(i => all[i].Vector != Slot.None).Select(i => (long)i)];
        if (positions.Length > 0) x = x.index_copy(0, Longs(positions), vectors!.index_select(0, Longs(positions.Select(i => all[i].Vector))).to_type(x.dtype));
        Tensor? labels = batch.Labels is { } given ? cat([given.reshape(-1), Longs([TokenBatch.Ignored])], 0).index_select(0,
            Longs(all.Select(slot => slot.Label))).view(B, S) : null;
        return new Sequence(x.view(B, S, -1), [.. rows.Select(row => row.Count)], labels).MoveToOuterDisposeScope();

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), device: device);
    }

    private void Add(Slot slot)
    {
        if (rows[^1].Count < maxLength) rows[^1].Add(slot);
    }

    /// <summary>One position.</summary>
    /// <param name="Token">Index into the flattened ids, inserted tokens and one of padding; none for a vector.</param>
    /// <param name="Label">Index into the flattened labels and one that is ignored.</param>
    /// <param name="Vector">Row in the table of vectors; none for a token.</param>
    private readonly record struct Slot(long Token, long Label, long Vector)
    {
        public const long None = -1;
    }
}
