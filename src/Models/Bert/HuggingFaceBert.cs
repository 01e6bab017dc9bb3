namespace Das.Models.Bert;

/// <summary>What the <c>config.json</c> of a BERT or a RoBERTa says of it, for models that have it as their text tower.</summary>
internal static class HuggingFaceBert
{
    private const string Table = "embeddings.word_embeddings.weight";

    /// <summary>A model of another kind stays as it is; the tensors keep their names anyway.</summary>
    /// <exception cref="DasException">It has a value that is not computed with.</exception>
    public static HuggingFaceModel Stated(HuggingFaceModel model)
    {
        if (!model.Tensors.Keys.Any(name => name.EndsWith(Table, StringComparison.Ordinal)) || (model.Stated is null && !File.Exists(model.ConfigPath)))
            return model;
        ConfigFile config = model.Config();
        if (BertForm.Find(config.Text("model_type")) is not { } form) return model;
        Dictionary<string, JsonNode> fixedKeys = new()
        {
            ["hidden_act"] = "gelu", ["layer_norm_eps"] = form.Epsilon, ["position_embedding_type"] = "absolute", ["type_vocab_size"] = form.TokenTypes,
            ["is_decoder"] = false,
        };
        if (form.Pad is { } pad) fixedKeys["pad_token_id"] = pad;
        foreach ((string key, JsonNode ours) in fixedKeys)
            config.ThrowUnless(key, ours, $", so its weights are those of another text tower than the {form.Name} that is computed here: give a model "
                + "without it.");
        JsonObject sizes = new()
        {
            ["textEncoder"] = form.Name,
            ["vocabSize"] = config.Required<int>("vocab_size"),
            ["hiddenSize"] = config.Required<int>("hidden_size"),
            ["numHeads"] = config.Required<int>("num_attention_heads"),
            ["textLayers"] = config.Required<int>("num_hidden_layers"),
            ["textIntermediate"] = config.Required<int>("intermediate_size"),
            ["textPositions"] = config.Required<int>("max_position_embeddings"),
        };
        return model with { Metadata = new Dictionary<string, string>(model.Metadata) { [Checkpoint.TextKey] = sizes.ToJsonString() } };
    }
}
