namespace Das.Models.Skipping;

/// <summary>A network whose candidate layers can be skipped: each one its pretrained layer, or the adapter that replaces it.</summary>
public abstract class SkippableModel : nn.Module, ISkippable
{
    private SkippableLayer[] layers = [];
    private SkipMask skipped;

    /// <param name="name">The module's name in errors.</param>
    /// <param name="candidates">N.</param>
    /// <param name="removed">
    /// Null while searching: every layer has both its pretrained form and its replacement. Otherwise a finished model: the
    /// pretrained layers of this mask, and the replacements of all others, do not exist.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    protected SkippableModel(string name, int candidates, SkipMask? removed) : base(name)
    {
        removed?.ThrowIfOutside(candidates);
        (Removed, skipped) = (removed, removed ?? SkipMask.Empty);
    }

    public int CandidateCount => layers.Length;

    public SkipMask Skipped
    {
        get => skipped;
        set
        {
            value.ThrowIfOutside(CandidateCount);
            if (Removed is not null && !Removed.Equals(value))
                throw new InvalidOperationException($"This model was finished without layers {Removed}; it cannot skip {value} instead.");
            skipped = value;
            for (int i = 0; i < layers.Length; i++) layers[i].IsSkipped = value.Contains(i);
        }
    }

    /// <summary>The layers a finished model was built without; null while searching.</summary>
    protected SkipMask? Removed { get; }

    /// <summary>To be called once, with all candidates in order.</summary>
    protected void SetCandidates(IEnumerable<SkippableLayer> candidates) => layers = [.. candidates];

    /// <summary>A candidate in the form that this model needs of it.</summary>
    protected SkippableLayer<TLayer> Candidate<TLayer>(int index, Func<TLayer> pretrained, Func<nn.Module<Tensor, Tensor>> replacement) where TLayer : class =>
        new(Removed?.Contains(index) == true ? null : pretrained(), Removed?.Contains(index) == false ? null : replacement());

    /// <summary>The replacements that exist under their published names: <c>0.0</c>, <c>3.0</c>.</summary>
    private protected static Named Replacements(IEnumerable<SkippableLayer> candidates) => new(Existing(candidates, l => l.Replacement)
        .Select(a => (a.Index, (nn.Module)new Named(("0", a.Module)))));

    /// <summary>The parts that exist, by their index.</summary>
    private protected static IEnumerable<(string Index, TModule Module)> Existing<TLayer, TModule>(IEnumerable<TLayer> candidates, Func<TLayer, TModule?> part)
        where TModule : nn.Module =>
        candidates.Select((layer, i) => (i.ToString(CultureInfo.InvariantCulture), part(layer)!)).Where(p => p.Item2 is not null);
}
