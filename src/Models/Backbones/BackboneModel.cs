namespace Das.Models.Backbones;

/// <summary>A pretrained network with DAS's adapters: what training, loading and evaluation need of every family's model.</summary>
/// <param name="name">The module's name in errors.</param>
/// <param name="candidates">N.</param>
/// <param name="removed">The layers a finished model is built without; null while searching.</param>
public abstract class BackboneModel(string name, int candidates, SkipMask? removed) : SkippableModel(name, candidates, removed)
{
    /// <summary>Multiply-accumulates and parameters of this architecture.</summary>
    /// <param name="textTokens">T.</param>
    /// <param name="imageHeight">Pixels; 0 where there is no image.</param>
    /// <param name="imageWidth">Pixels; 0 where there is no image.</param>
    public abstract ModelCost Cost(int textTokens, int imageHeight, int imageWidth);

    /// <summary>Which differences from a pretrained checkpoint are intended, and which parameters are made from other ones of it.</summary>
    public abstract LoadRules PretrainedRules { get; }

    /// <summary>How pictures are prepared where the image tower's files say it; null for as the family's published code prepares them.</summary>
    public virtual TowerPictures? Pictures => null;

    /// <summary>Takes its weights from a pretrained checkpoint, and from what follows from it.</summary>
    /// <param name="checkpoint">The backbone's.</param>
    /// <param name="parts">Towers that are files of their own.</param>
    /// <exception cref="DasException">A file does not fit, or is missing, or is of no use to this backbone.</exception>
    public LoadResult LoadPretrained(Checkpoint checkpoint, PretrainedParts parts = default)
    {
        LoadRules rules = PretrainedRules;
        LoadResult loaded = CheckpointLoader.LoadInto(this, checkpoint, rules with { MayBeMissing = [.. rules.MayBeMissing, .. NamesOf(parts)] });
        AfterPretrained(loaded, parts);
        return loaded;
    }

    /// <summary>Fills towers from files of their own and freezes them, so that what stands on them can be pretrained.</summary>
    /// <returns>What the names of the frozen parameters begin with.</returns>
    /// <exception cref="DasException">A file does not fit, or is of no use to this backbone.</exception>
    public virtual IReadOnlyList<string> LoadFrozen(PretrainedParts parts)
    {
        Fill(parts);
        string[] names = [.. NamesOf(parts)];
        foreach ((string name, Parameter parameter) in named_parameters())
            if (names.Any(part => name.StartsWith(part + ".", StringComparison.Ordinal))) parameter.requires_grad = false;
        return names;
    }

    /// <summary>Random values for all weights that are uninitialised until a checkpoint fills them: for a model without one. Models that are small
    /// enough are random from the start.</summary>
    public virtual void InitializeWeights() { }

    /// <summary>Whether images first pass a tower that training does not change, so that its output can be kept.</summary>
    public virtual bool HasFrozenImageTower => false;

    /// <summary>The frozen image tower, whose output may take the place of pixels.</summary>
    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <returns>(B, N, W), without gradient; an image's row is bit for bit the same whatever images stand beside it.</returns>
    /// <exception cref="InvalidOperationException">There is none: see <see cref="HasFrozenImageTower"/>.</exception>
    public virtual Tensor ImageTower(Tensor image) => throw new InvalidOperationException("This backbone has no frozen image tower.");

    /// <summary>Whether training keeps only what enters each layer and computes the layers again in the backward pass (<see cref="Recomputed"/>).</summary>
    /// <exception cref="DasException">Set on a model that cannot.</exception>
    public virtual bool Recomputes
    {
        get => false;
        set
        {
            if (value) throw new DasException(ErrorKind.Recipe,
                $"optimization.recompute is true, but {GetName()} keeps what its layers compute: only language models "
                + "compute layers again. Remove it; a smaller microBatch saves memory too.");
        }
    }

    /// <summary>Whether adapter training updates the parameter of that name.</summary>
    public abstract bool IsTrainable(string name);

    /// <summary>Freezes all that adapter training does not update.</summary>
    public void FreezeForAdapters()
    {
        foreach ((string name, Parameter parameter) in named_parameters()) parameter.requires_grad = IsTrainable(name);
    }

    /// <summary>Parameters that parts of their own fill, so that the backbone's checkpoint need not.</summary>
    private protected virtual IEnumerable<string> NamesOf(PretrainedParts parts) => [];

    /// <summary>Sets what does not lie in a pretrained checkpoint, or follows from what does.</summary>
    /// <param name="loaded">Names of the checkpoint and of the model that the other does not have.</param>
    /// <param name="parts">Towers that are files of their own.</param>
    /// <exception cref="DasException">A file does not fit, or is missing, or is of no use to this backbone.</exception>
    private protected virtual void AfterPretrained(LoadResult loaded, PretrainedParts parts) => Fill(parts);

    /// <summary>Fills towers from files of their own; refuses those of a backbone without such towers.</summary>
    /// <exception cref="DasException">A file does not fit, or is of no use to this backbone.</exception>
    private protected virtual void Fill(PretrainedParts parts)
    {
        Refuse(parts.Vision, "an image tower", "visionCheckpoint");
        Refuse(parts.Text, "a text tower", "textCheckpoint");
    }

    /// <exception cref="DasException">There is such a part.</exception>
    private protected void Refuse(Checkpoint? part, string what, string key)
    {
        if (part is not null) throw new DasException(ErrorKind.Checkpoint,
            $"'{part.Path}' is given as {what}, but {GetName()} has none of its own: remove backbone.{key}.");
    }
}

/// <summary>Towers that are files of their own; null where there is none.</summary>
/// <param name="Vision">An image tower's.</param>
/// <param name="Text">A text tower's.</param>
public readonly record struct PretrainedParts(Checkpoint? Vision = null, Checkpoint? Text = null);
