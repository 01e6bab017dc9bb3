namespace Das.Models.Skipping;

/// <summary>A pretrained network with DAS's adapters: what the families of backbones have in common, whatever they read.</summary>
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

    /// <summary>Whether a part of an image's way depends on nothing that learns, so that its output can be kept.</summary>
    public virtual bool HasFrozenImageTower => false;

    /// <summary>That part. What goes on from it takes its output in place of pixels.</summary>
    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <returns>(B, N, W), without gradient; an image's row is bit for bit the same whatever images stand beside it.</returns>
    /// <exception cref="InvalidOperationException">There is none: see <see cref="HasFrozenImageTower"/>.</exception>
    public virtual Tensor ImageTower(Tensor image) => throw new InvalidOperationException("This backbone has no frozen image tower.");

    /// <summary>What a forward pass of this architecture costs.</summary>
    /// <param name="textTokens">T.</param>
    /// <param name="imageHeight">Pixels; 0 where there is no image.</param>
    /// <param name="imageWidth">Pixels; 0 where there is no image.</param>
    public abstract ModelCost Cost(int textTokens, int imageHeight, int imageWidth);

    /// <summary>Which differences from a pretrained checkpoint are intended, and which parameters are made from other ones of it.</summary>
    public abstract LoadRules PretrainedRules { get; }

    /// <summary>To be called once a pretrained checkpoint has been loaded: sets what does not lie in it, or follows from what does.</summary>
    /// <param name="loaded">What of the checkpoint and of the model did not meet.</param>
    /// <param name="vision">The image tower's own file; null where there is none.</param>
    /// <exception cref="DasException">A file does not fit, or is missing, or is of no use to this backbone.</exception>
    public virtual void AfterPretrained(LoadResult loaded, Checkpoint? vision = null)
    {
        if (vision is not null) throw new DasException(ErrorKind.Checkpoint, $"'{vision.Path}' is given as an image tower, but {GetName()} has none of its own: remove "
            + "backbone.visionCheckpoint.");
    }

    /// <summary>
    /// Random values for all weights that were left uninitialised because a checkpoint is expected to fill them: for a model that
    /// is loaded from nowhere. Models that are small enough are random from the start.
    /// </summary>
    public virtual void InitializeWeights() { }

    /// <summary>Whether training keeps only what enters each layer and computes the layers again in the backward pass (<see cref="Recomputed"/>).</summary>
    /// <exception cref="ArgumentException">Set on a model that cannot.</exception>
    public virtual bool Recomputes
    {
        get => false;
        set
        {
            if (value) throw new DasException(ErrorKind.Recipe, $"optimization.recompute is true, but {GetName()} keeps what its layers compute: only language models "
                + "compute layers again. Remove it; a smaller microBatch saves memory too.");
        }
    }

    /// <summary>Freezes all that adapter training does not update.</summary>
    public void FreezeForAdapters()
    {
        foreach ((string name, Parameter parameter) in named_parameters()) parameter.requires_grad = IsTrainable(name);
    }

    /// <summary>Whether adapter training updates the parameter of that name.</summary>
    public abstract bool IsTrainable(string name);

    /// <summary>To be called once, with all candidates in order.</summary>
    protected void SetCandidates(IEnumerable<SkippableLayer> candidates) => layers = [.. candidates];

    /// <summary>A candidate in the form that this model needs of it.</summary>
    protected SkippableLayer<TLayer> Candidate<TLayer>(int index, Func<TLayer> pretrained, Func<nn.Module<Tensor, Tensor>> replacement) where TLayer : class =>
        new(Removed?.Contains(index) == true ? null : pretrained(), Removed?.Contains(index) == false ? null : replacement());

    /// <summary>The replacements that exist under their published names: <c>0.0</c>, <c>3.0</c>.</summary>
    private protected static Named Replacements(IEnumerable<SkippableLayer> candidates) => new(Existing(candidates, l => l.Replacement)
        .Select(a => (a.Index, (nn.Module)new Named(("0", a.Module)))));

    /// <summary>Those parts that exist, by their index.</summary>
    private protected static IEnumerable<(string Index, TModule Module)> Existing<TLayer, TModule>(IEnumerable<TLayer> candidates, Func<TLayer, TModule?> part)
        where TModule : nn.Module =>
        candidates.Select((layer, i) => (i.ToString(CultureInfo.InvariantCulture), part(layer)!)).Where(p => p.Item2 is not null);
}
