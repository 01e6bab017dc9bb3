namespace Das.Models.Backbones;

/// <summary>
/// The starts of METER's two towers before its own pretraining: OpenAI's CLIP and a RoBERTa or BERT from Hugging Face
/// (method §3.2). A METER checkpoint overwrites both.
/// </summary>
public static class MeterInit
{
    /// <summary>Fills the image tower; the position table is resized to the model's images, blocks it does not build are passed over, half floats
    /// converted.</summary>
    /// <param name="model">Its image tower's width and patches are those of the file.</param>
    /// <param name="clip">OpenAI's <c>ViT-B-16.pt</c>.</param>
    /// <exception cref="DasException">The file does not fit.</exception>
    public static void FromClip(Meter model, Checkpoint clip) => ClipInit.From(model.ImageEncoder, clip);

    /// <summary>Fills the text tower and gives the class token the start that follows from it.</summary>
    /// <param name="model">Its text encoder is the file's.</param>
    /// <param name="text">A <c>pytorch_model.bin</c> or <c>model.safetensors</c> of RoBERTa or BERT, with or without the task's prefix and heads.</param>
    /// <exception cref="DasException">The file does not fit.</exception>
    public static void FromText(Meter model, Checkpoint text)
    {
        string kind = model.Config.TextEncoder, prefix = text.Names.Any(n => n.StartsWith(kind + ".", StringComparison.Ordinal)) ? kind + "." : "";
        nn.Module place = prefix.Length == 0 ? model.TextEncoder : new Named((kind, model.TextEncoder));
        DerivedParameter[] norms = [.. place.named_parameters().Where(p => p.name.Contains(".LayerNorm.", StringComparison.Ordinal))
            .Select(p => new DerivedParameter(p.name, OldName(p.name), stored => stored.alias()))];
        CheckpointLoader.LoadInto(place, text, new([], [prefix + "embeddings.position_ids", prefix + "pooler", "cls", "lm_head", "classifier"], norms));
        model.ResetClassToken();
    }

    /// <summary>What BERT's first checkpoints call a norm's weight and bias.</summary>
    private static string OldName(string name) =>
        name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
}
