namespace Das.Models.Checkpoints;

/// <summary>Several weight files that hold one model, under names of its own.</summary>
internal sealed class ShardedCheckpoint : Checkpoint
{
    private readonly IReadOnlyList<Checkpoint> shards;

    /// <param name="path">The folder.</param>
    /// <param name="shards">Owned.</param>
    /// <param name="tensors">Of the shards, under the model's names and in its shapes.</param>
    /// <param name="metadata">What is known of the whole.</param>
    public ShardedCheckpoint(string path, IReadOnlyList<Checkpoint> shards, OrderedDictionary<string, StoredTensor> tensors,
        IReadOnlyDictionary<string, string> metadata) : base(path) =>
        (this.shards, Tensors, Metadata) = (shards, tensors, metadata);

    public override IReadOnlyDictionary<string, string> Metadata { get; }

    private protected override OrderedDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens all shards and joins them; none stays open if that fails.</summary>
    public static Checkpoint Open(IEnumerable<string> files, Func<IReadOnlyList<Checkpoint>, Checkpoint> join)
    {
        List<Checkpoint> shards = [];
        try
        {
            foreach (string file in files) shards.Add(Checkpoint.Open(file));
            return join(shards);
        }
        catch
        {
            foreach (Checkpoint shard in shards) shard.Dispose();
            throw;
        }
    }

    internal override string? Refusal(string name) => shards.Select(shard => shard.Refusal(name)).FirstOrDefault(reason => reason is not null);

    private protected override void Dispose(bool disposing)
    {
        foreach (Checkpoint shard in shards) shard.Dispose();
    }
}
