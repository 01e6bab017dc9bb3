using Das.Models.Decoders;

namespace Das.Models.Export;

/// <summary>
/// A finished decoder as a folder that Hugging Face's <c>transformers</c> loads: weights under its names, a <c>config.json</c> that says the mask and
/// the adapters under <c>das</c>, and the model's code in one file. Skipped layers have no tensors but their first norm and their adapter.
/// </summary>
public static class HuggingFaceExport
{
    private const string Code = "modeling_das.py", Weights = "model.safetensors", Config = "config.json";

    /// <summary>Writes the folder's files, the configuration last.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="model">Built without the layers that its mask names.</param>
    /// <param name="facts">Added to the weights' metadata: where they come from.</param>
    /// <param name="endOfText">What ends a text; null for what the model's configuration says.</param>
    /// <returns>The files' names.</returns>
    /// <exception cref="DasException">The model is of a form that the code does not compute, or a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, BackboneModel model, IReadOnlyDictionary<string, string> facts, int? endOfText = null)
    {
        if (model is not Llama decoder)
            throw new DasException(ErrorKind.Usage, $"A {model.GetName()} cannot be exported in Hugging Face's form: decoders of texts alone can.");
        LlamaConfig config = decoder.Config;
        if (config.HasRouters || config.Quantization != "none")
            throw new DasException(ErrorKind.Usage, "Only models with bottleneck adapters and weights that are not quantised can be exported; this one has "
                + $"adapterForm {config.AdapterForm} and quantization {config.Quantization}.");
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(folder, Weights), model.state_dict().Select(tensor => (HuggingFaceLlama.TheirName(tensor.Key),
            HuggingFaceLlama.InHalves(tensor.Key, tensor.Value, config.HeadSize))), new Dictionary<string, string>(facts) { ["format"] = "pt" });
        using (Stream code = typeof(HuggingFaceExport).Assembly.GetManifestResourceStream(Code)!)
            AtomicFile.Write(Path.Combine(folder, Code), file => code.CopyTo(file));
        AtomicFile.Write(Path.Combine(folder, Config), JsonSerializer.SerializeToUtf8Bytes(Stated(config, model.Skipped, endOfText),
            new JsonSerializerOptions { WriteIndented = true }));
        return [Weights, Code, Config];
    }

    /// <summary>Sizes under the names that tools look for, and all of it under <c>das</c>.</summary>
    private static JsonObject Stated(LlamaConfig config, SkipMask skipped, int? endOfText)
    {
        string type = config.Precision is null ? config.Dtype : "float32"; // of the hidden states: the code brings matrices to what is multiplied
        JsonObject own = JsonSerializer.SerializeToNode(config, JsonSerializerOptions.Web)!.AsObject();
        own[HuggingFaceLlama.SkipModule] = JsonSerializer.SerializeToNode(skipped.ToArray());
        return new()
        {
            ["architectures"] = new JsonArray("DasForCausalLM"),
            ["auto_map"] = new JsonObject { ["AutoConfig"] = "modeling_das.DasConfig", ["AutoModelForCausalLM"] = "modeling_das.DasForCausalLM" },
            ["model_type"] = "das_decoder", // a type of its own, so that nothing loads it without its code
            ["dtype"] = type,
            ["torch_dtype"] = type,
            ["vocab_size"] = config.VocabSize,
            ["hidden_size"] = config.Dim,
            ["intermediate_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["max_position_embeddings"] = config.MaxLength,
            ["tie_word_embeddings"] = false, // the code ties by das.tiedOutput: there is no second matrix
            ["eos_token_id"] = endOfText ?? config.EndOfText,
            ["use_cache"] = true,
            [HuggingFaceLlama.Own] = own,
        };
    }
}
