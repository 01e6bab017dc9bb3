namespace Das.Models.Checkpoints;

/// <summary>Several weight files that hold one model, under names of its own.</summary>
internal sealed class JoinedCheckpoint : Checkpoint
{
    private readonly IReadOnlyList<Checkpoint> parts;

    /// <param name="path">The folder.</param>
    /// <param name="parts">Owned.</param>
    /// <param name="tensors">Of the parts, as the model calls and shapes them.</param>
    /// <param name="metadata">What is known of the whole.</param>
    public JoinedCheckpoint(string path, IReadOnlyList<Checkpoint> parts, OrderedDictionary<string, StoredTensor> tensors,
        IReadOnlyDictionary<string, string> metadata) : base(path) =>
        (this.parts, Tensors, Metadata) = (parts, tensors, metadata);

    public override IReadOnlyDictionary<string, string> Metadata { get; }

    private protected override OrderedDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens all parts and joins them; none stays open if that fails.</summary>
    public static Checkpoint Open(IEnumerable<string> files, Func<IReadOnlyList<Checkpoint>, Checkpoint> join)
    {
        List<Checkpoint> parts = [];
        try
        {
            foreach (string file in files) parts.Add(Checkpoint.Open(file));
            return join(parts);
        }
        catch
        {
            foreach (Checkpoint part in parts) part.Dispose();
            throw;
        }
    }

    internal override string? Refusal(string name) => parts.Select(part => part.Refusal(name)).FirstOrDefault(reason => reason is not null);

    private protected override void Dispose(bool disposing)
    {
        foreach (Checkpoint part in parts) part.Dispose();
    }
}
