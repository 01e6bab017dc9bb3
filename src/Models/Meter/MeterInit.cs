namespace Das.Models.Meter;

/// <summary>
/// Pretrained weights of METER's text tower, which its own pretraining starts from: a RoBERTa or BERT from Hugging Face (method §3.2); for the image
/// tower see <see cref="Vision.VisionInit"/>. A METER checkpoint overwrites both.
/// </summary>
public static class MeterInit
{
    /// <summary>Fills the text tower and gives the class token the start that follows from it.</summary>
    /// <param name="model">Its text encoder is the file's.</param>
    /// <param name="text">A <c>pytorch_model.bin</c> or <c>model.safetensors</c> of RoBERTa or BERT, with or without the task's prefix and heads; a GGUF
    /// file of a BERT.</param>
    /// <exception cref="DasException">The file does not fit.</exception>
    public static void FromText(Meter model, Checkpoint text)
    {
        LoadText(model, text);
        model.ResetClassToken();
    }

    /// <summary>Fills the text tower alone.</summary>
    /// <inheritdoc cref="FromText"/>
    internal static void LoadText(Meter model, Checkpoint text)
    {
        string kind = model.Config.TextEncoder, prefix = text.Names.Any(n => n.StartsWith(kind + ".", StringComparison.Ordinal)) ? kind + "." : "";
        nn.Module tower = prefix.Length == 0 ? model.TextEncoder : new Named((kind, model.TextEncoder));
        DerivedParameter[] norms = [.. tower.named_parameters().Where(p => p.name.Contains(".LayerNorm."))
            .Select(p => new DerivedParameter(p.name, OldName(p.name), stored => stored.alias()))];
        CheckpointLoader.LoadInto(tower, text, new([], [prefix + "embeddings.position_ids", prefix + "pooler", "cls", "lm_head", "classifier"], norms));
    }

    /// <summary>The names of a norm's weight and bias in BERT's first checkpoints.</summary>
    private static string OldName(string name) =>
        name.Replace("LayerNorm.weight", "LayerNorm.gamma").Replace("LayerNorm.bias", "LayerNorm.beta");
}
