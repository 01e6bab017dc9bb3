namespace Das.Models.Decoders;

/// <summary>
/// A decoder that continues token sequences, some of which may contain an image. A batch is assembled into embeddings once;
/// to the layers a token's embedding and an image's are the same.
/// </summary>
/// <param name="name">The module's name in errors.</param>
/// <param name="candidates">N.</param>
/// <param name="removed">The layers a finished model is built without; null while searching.</param>
public abstract class LanguageModel(string name, int candidates, SkipMask? removed) : BackboneModel(name, candidates, removed)
{
    /// <summary>V.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The longest sequence it is trained on, in positions: tokens, and what stands for an image.</summary>
    public abstract int MaxLength { get; }

    public override bool Recomputes { get; set; }

    /// <summary>The token that ends a text for these weights; null for the vocabulary's own.</summary>
    public abstract int? EndOfText { get; }

    /// <summary>Side in pixels of the square images it reads; 0 for a model of text only.</summary>
    public abstract int ImageSize { get; }

    /// <summary>Whether the matrix of <see cref="Logits"/> is being trained; in adapter training it is frozen.</summary>
    public abstract bool HeadLearns { get; }

    /// <summary>Positions that the family inserts between a text's tokens, and that the longest sequence has less for the text.</summary>
    /// <param name="image">Whether there is an image.</param>
    public virtual int InsertedPositions(bool image) => 0;

    /// <summary>The sequences that enter the first layer: tokens embedded, images and what else the family adds put in their places.</summary>
    public abstract Sequence Assemble(TokenBatch batch);

    /// <summary>Embeddings of tokens that continue an assembled sequence.</summary>
    /// <param name="ids">(B, T).</param>
    /// <returns>(B, T, D).</returns>
    public abstract Tensor Embed(Tensor ids);

    /// <summary>Hidden states after the last norm.</summary>
    /// <param name="sequence">The whole sequence, or with a cache its continuation: a row continues where it ended, so a row of length 0 adds nothing.</param>
    /// <param name="cache">Keys and values of all that came before, to which those of the sequence are added; null for none.</param>
    /// <returns>(B, S, D).</returns>
    public abstract Tensor Hidden(Sequence sequence, KeyValueCache? cache = null);

    /// <param name="hidden">(…, D), of <see cref="Hidden"/>.</param>
    /// <returns>(…, V), float32.</returns>
    public abstract Tensor Logits(Tensor hidden);
}

/// <summary>Token sequences as a table, padded at the right.</summary>
/// <param name="Ids">(B, T); <see cref="ImageToken"/> where a family whose texts contain it has an image.</param>
/// <param name="Lengths">Tokens of each row; what is right of them is padding.</param>
/// <param name="Labels">(B, T): the token where it counts for the loss, <see cref="Ignored"/> elsewhere; null while evaluating.</param>
/// <param name="Image">
/// (I, 3, S, S) normalised pixels, or (I, N, W), the output of a frozen <see cref="BackboneModel.ImageTower"/> for them; row by row the images of
/// each text, and of a text without any one whose values are not used. Null where no row has one.
/// </param>
/// <param name="HasImage">Which rows have an image; empty where none has, or where the ids contain it.</param>
public sealed record TokenBatch(Tensor Ids, IReadOnlyList<int> Lengths, Tensor? Labels = null, Tensor? Image = null, IReadOnlyList<bool>? HasImage = null)
{
    /// <summary>The label of a position that counts for nothing.</summary>
    public const long Ignored = -100;

    /// <summary>The id of LLaVA's placeholder, which an image is put in the place of (method §5.3).</summary>
    public const long ImageToken = -200;
}

/// <summary>The input of the first layer.</summary>
/// <param name="Embeddings">(B, S, D).</param>
/// <param name="Lengths">Valid positions of each row; what is right of them is padding.</param>
/// <param name="Labels">(B, S), as in <see cref="TokenBatch.Labels"/>; null while evaluating.</param>
public sealed record Sequence(Tensor Embeddings, IReadOnlyList<int> Lengths, Tensor? Labels)
{
    internal Sequence MoveToOuterDisposeScope()
    {
        Embeddings.MoveToOuterDisposeScope();
        Labels?.MoveToOuterDisposeScope();
        return this;
    }
}
