using Das.Models.Skipping;
using static TorchSharp.torch;

namespace Das.Models.Backbones;

/// <summary>
/// A decoder that continues token sequences, some of which may show an image. A batch is assembled into embeddings once;
/// the layers see no difference between words and what stands for an image.
/// </summary>
/// <param name="name">The module's name in errors.</param>
/// <param name="candidates">N.</param>
/// <param name="removed">The layers a finished model does without; null while searching.</param>
public abstract class LanguageModel(string name, int candidates, SkipMask? removed) : SkippableModel(name, candidates, removed)
{
    /// <summary>V.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The longest sequence it is trained on, in tokens of text.</summary>
    public abstract int MaxLength { get; }

    public override bool Recomputes { get; set; }

    /// <summary>Side in pixels of the square images it reads; 0 for a model of text alone.</summary>
    public abstract int ImageSize { get; }

    /// <summary>The sequences that enter the first layer: tokens embedded, images and what else the family adds put in their places.</summary>
    public abstract Sequence Assemble(TokenBatch batch);

    /// <summary>Tokens alone, as they continue an assembled sequence.</summary>
    /// <param name="ids">(B, T).</param>
    /// <returns>(B, T, D).</returns>
    public abstract Tensor Embed(Tensor ids);

    /// <summary>What comes after the last norm.</summary>
    /// <param name="sequence">The whole sequence, or with a cache its continuation: a row continues where it ended, so a row of length 0 adds nothing.</param>
    /// <param name="cache">What layers keep of all that came before, to which the sequence is added; null for none.</param>
    /// <returns>(B, S, D).</returns>
    public abstract Tensor Hidden(Sequence sequence, KeyValueCache? cache = null);

    /// <param name="hidden">(…, D), of <see cref="Hidden"/>.</param>
    /// <returns>(…, V), float32.</returns>
    public abstract Tensor Logits(Tensor hidden);
}

/// <summary>Token sequences as a table, padded at the right.</summary>
/// <param name="Ids">(B, T).</param>
/// <param name="Lengths">Tokens of each row; what is right of them is padding.</param>
/// <param name="Labels">(B, T): the token where it is learnt, <see cref="Ignored"/> elsewhere; null where nothing is learnt.</param>
/// <param name="Image">(B, 3, S, S) normalised pixels, zeros in rows without an image; null where no row has one.</param>
/// <param name="HasImage">Which rows have an image; empty where none has.</param>
public sealed record TokenBatch(Tensor Ids, IReadOnlyList<int> Lengths, Tensor? Labels = null, Tensor? Image = null, IReadOnlyList<bool>? HasImage = null)
{
    /// <summary>The label of a position that counts for nothing.</summary>
    public const long Ignored = -100;
}

/// <summary>What enters the first layer.</summary>
/// <param name="Embeddings">(B, S, D).</param>
/// <param name="Lengths">Valid positions of each row; what is right of them is padding.</param>
/// <param name="Labels">(B, S), as in <see cref="TokenBatch.Labels"/>; null where nothing is learnt.</param>
public sealed record Sequence(Tensor Embeddings, IReadOnlyList<int> Lengths, Tensor? Labels);
