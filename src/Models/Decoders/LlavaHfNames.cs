namespace Das.Models.Decoders;

/// <summary>
/// LLaVA as the library <c>transformers</c> itself saves it (<c>llava-hf/llava-1.5-7b-hf</c>), under the names of <c>liuhaotian/llava-v1.5-7b</c>:
/// before its version 4.52 the decoder lies below <c>language_model.</c>, since then below <c>model.language_model.</c>.
/// </summary>
internal static class LlavaHfNames
{
    private const string Decoder = "language_model.", Tower = "vision_tower.vision_model.";

    private static readonly (string Own, string Theirs)[] Names =
    [
        ("language_model.model.", "model."), ("language_model.lm_head.", "lm_head."), (Decoder, "model."), (Tower, $"model.vision_tower.{Tower}"),
        ("multi_modal_projector.linear_1.", "model.mm_projector.0."), ("multi_modal_projector.linear_2.", "model.mm_projector.2."),
    ];

    /// <summary>A model without a decoder below such a name stays as it is.</summary>
    /// <exception cref="DasException">Two tensors have one name.</exception>
    public static HuggingFaceModel Renamed(HuggingFaceModel model)
    {
        if (!model.Tensors.Keys.Any(name => Within(name).StartsWith(Decoder, StringComparison.Ordinal))) return model;
        OrderedDictionary<string, StoredTensor> renamed = [];
        foreach ((string name, StoredTensor tensor) in model.Tensors)
            if (!renamed.TryAdd(Renamed(name), tensor))
                throw new DasException(ErrorKind.Checkpoint, $"'{model.ConfigPath}': '{name}' and another tensor beside it are both "
                    + $"'{Renamed(name)}': download "
                    + "the model again.");
        return model with { Tensors = renamed };
    }

    private static string Within(string name) => name.StartsWith("model.", StringComparison.Ordinal) ? name["model.".Length..] : name;

    private static string Renamed(string name)
    {
        string own = Within(name);
        (string Own, string Theirs) = Array.Find(Names, pair => own.StartsWith(pair.Own, StringComparison.Ordinal));
        return Own is null ? name : Theirs + own[Own.Length..];
    }
}
