using Das.Models.Decoders;

namespace Das.Models.Generation;

/// <summary>Logits of the token that follows each row.</summary>
public static class LastPosition
{
    /// <param name="model">Under its current mask.</param>
    /// <param name="sequence">The whole sequences, each with at least one position.</param>
    /// <param name="cache">To which the sequences' keys and values are added; null for none.</param>
    /// <returns>(B, V), float32.</returns>
    public static Tensor Logits(LanguageModel model, Sequence sequence, KeyValueCache? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = model.Hidden(sequence, cache);
        long S = hidden.shape[1];
        Tensor ends = tensor(sequence.Lengths.Select((length, row) => (row * S) + length - 1).ToArray(), device: hidden.device);
        return model.Logits(hidden.flatten(0, 1).index_select(0, ends)).MoveToOuterDisposeScope();
    }
}
