namespace Das.Models.Decoders;

/// <summary>
/// LLaMA's decoder and those that differ from it by what <see cref="LlamaConfig"/> says (Mistral, Qwen, SmolLM), with DAS adapters; LaVIN and LLaVA
/// insert an image into its input.
/// <para>Touvron et al.: "LLaMA: Open and Efficient Foundation Language Models", https://arxiv.org/abs/2302.13971.</para>
/// Parameter names are those of the published weights (method §4.1). Weights are frozen and of the configuration's types; trainable
/// parameters are float32.
/// </summary>
public abstract class LlamaDecoder : LanguageModel
{
    private readonly (PretrainedMatrix Embeddings, RmsNorm Norm, PretrainedMatrix? Output) outer; // a tuple, so that they are registered once
    private readonly LlamaLayer[] layers;
    private readonly DecoderAdapters adapters;
    private readonly bool masksFirst;

    /// <summary>The pretrained weights are uninitialised: load a checkpoint, or call <see cref="InitializeWeights"/>.</summary>
    /// <param name="name">The module's name in errors.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="adapters">The family's.</param>
    /// <param name="masksFirst">Whether only the first position itself attends to the first position.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="DasException">The configuration contradicts itself.</exception>
    private protected LlamaDecoder(string name, LlamaConfig config, DecoderAdapters adapters, bool masksFirst, SkipMask? removed)
        : base(name, config.Layers, removed)
    {
        config.ThrowIfImpossible();
        (Config, this.adapters, this.masksFirst) = (config, adapters, masksFirst);
        outer = (config.Matrix(config.VocabSize, config.Dim), config.Norm(config.Dim),
            config.TiedOutput ? null : config.Matrix(config.VocabSize, config.Dim));
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new LlamaLayer(
            i, config, adapters, Candidate(i, () => new LlamaBlock(config, adapters), () => adapters.New(AdapterRole.Replacement))))];
        SetCandidates(layers.Select(layer => layer.Candidate));
        register_module("tok_embeddings", outer.Embeddings);
        register_module(nameof(layers), new Named(Existing(layers, layer => layer.Module)));
        register_module("norm", outer.Norm);
        if (outer.Output is { } output) register_module("output", output);
    }

    public LlamaConfig Config { get; }

    public override int VocabularySize => Config.VocabSize;

    public override int MaxLength => Config.MaxLength;

    public override int? EndOfText => Config.EndOfText;

    public override LoadRules PretrainedRules
    {
        get
        {
            Dictionary<string, PretrainedMatrix> quantized = named_modules().Where(m => m.module is PretrainedMatrix { IsQuantized: true })
                .ToDictionary(m => m.name, m => (PretrainedMatrix)m.module);
            return new(
                [.. Enumerable.Range(0, Config.Layers).SelectMany(i => adapters.InLayer.Append(adapters.Replacement).Select(name => $"layers.{i}.{name}")),
                    .. quantized.Keys.Select(name => $"{name}.scale")],
                ["rope.freqs", "scores", "layers.*.attention.rotary_emb", .. Removed is null ? [] : Enumerable.Range(0, Config.Layers)
                    .SelectMany(NotBuilt)])
            {
                Encoded = quantized.ToDictionary(m => $"{m.Key}.weight", m => (Action<Tensor>)m.Value.Quantize),
            };
        }
    }

    /// <summary>Whatever the published code calls an adapter: the layers' own and a family's image projection.</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) => name.Contains("adapter");

    /// <exception cref="DasException">An adapter stands in some layers of the file and not in others.</exception>
    /// <inheritdoc/>
    private protected sealed override void AfterPretrained(LoadResult loaded, PretrainedParts parts)
    {
        foreach (string part in adapters.InLayer.Append(adapters.Replacement).Select(name => $".{name}."))
        {
            bool IsOfPart(string name) => name.Contains(part);
            string[] missing = [.. loaded.Missing.Where(IsOfPart)];
            if (missing.Length > 0 && missing.Length < named_parameters().Count(p => IsOfPart(p.name)))
                throw new DasException(ErrorKind.Checkpoint,
                    $"The checkpoint holds '{part.Trim('.')}' of other layers, but not '{missing[0]}': it was finished with "
                    + "another skip list, or a part of it is missing. Give the skip list it was trained with and all of its files.");
        }
        InitializeImageTower(loaded, parts);
    }

    /// <summary>A family's image tower's part of <see cref="AfterPretrained"/>; refuses a tower's file where there is no tower.</summary>
    private protected virtual void InitializeImageTower(LoadResult loaded, PretrainedParts parts) => base.AfterPretrained(loaded, parts);

    public override void InitializeWeights()
    {
        using IDisposable frozen = no_grad();
        foreach (nn.Module module in modules())
            if (module is PretrainedMatrix matrix) matrix.Initialize();
            else if (module is RmsNorm norm) norm.Initialize();
    }

    public override Tensor Embed(Tensor ids) => outer.Embeddings.Rows(ids, Config.StreamType);

    public override Tensor Hidden(Sequence sequence, KeyValueCache? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ThroughLayers(sequence, cache, [Config.Layers])[0];
        cache?.Advance(sequence.Lengths);
        return outer.Norm.forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>Hidden states at several depths, before the last norm.</summary>
    /// <param name="sequence">The whole sequence.</param>
    /// <param name="depths">How many layers each state has passed, ascending; 0 is the first one's input.</param>
    /// <returns>(B, S, D) each.</returns>
    public IReadOnlyList<Tensor> HiddenStates(Sequence sequence, IReadOnlyList<int> depths) => ThroughLayers(sequence, null, depths);

    public override bool HeadLearns => (outer.Output ?? outer.Embeddings).Learns;

    public override Tensor Logits(Tensor hidden)
    {
        Tensor logits = (outer.Output ?? outer.Embeddings).forward(hidden);
        if (logits.dtype == ScalarType.Float32) return logits;
        using (logits) return logits.to(ScalarType.Float32);
    }

    private Tensor[] ThroughLayers(Sequence sequence, KeyValueCache? cache, IReadOnlyList<int> depths)
    {
        using DecoderPass pass = DecoderPass.Of(sequence.Embeddings, Config, masksFirst, cache);
        return LayerStack.HiddenStates(() => sequence.Embeddings.alias(),
            Recomputes && cache is null ? RecomputedLayer : (i, x) => layers[i].Forward(x, pass), depths);
    }

    /// <summary>A layer that the backward pass computes once more; that happens after this pass, so the layer makes its own.</summary>
    private Tensor RecomputedLayer(int layer, Tensor x) => Recomputed.Run(input =>
    {
        using DecoderPass pass = DecoderPass.Of(input, Config, masksFirst, cache: null);
        return layers[layer].Forward(input, pass);
    }, x);

    /// <summary>The parts of a checkpoint that a finished model does not build.</summary>
    private IEnumerable<string> NotBuilt(int layer) =>
        (Removed!.Contains(layer) ? ["attention", "feed_forward", "ffn_norm", .. adapters.InLayer] : (string[])[adapters.Replacement])
            .Select(name => $"layers.{layer}.{name}");
}
