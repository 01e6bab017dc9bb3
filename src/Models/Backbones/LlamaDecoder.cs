namespace Das.Models.Backbones;

/// <summary>
/// LLaMA's decoder with DAS adapters, which LaVIN and LLaVA put an image in front of.
/// <para>Touvron et al.: "LLaMA: Open and Efficient Foundation Language Models", https://arxiv.org/abs/2302.13971.</para>
/// Parameter names are those of the published weights (method §4.1). Weights are frozen and of the configuration's type; what learns
/// is float32.
/// </summary>
public abstract class LlamaDecoder : LanguageModel
{
    private readonly (PretrainedMatrix Tokens, RmsNorm Norm, PretrainedMatrix Output) ends; // a tuple, so that they are registered once
    private readonly LlamaLayer[] stack;
    private readonly DecoderAdapters adapters;
    private readonly bool hidesFirst;

    /// <summary>The pretrained weights are uninitialised: load a checkpoint, or call <see cref="InitializeWeights"/>.</summary>
    /// <param name="name">The module's name in errors.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="adapters">The family's.</param>
    /// <param name="hidesFirst">Whether the first position of a sequence is seen by itself alone.</param>
    /// <param name="removed">The layers a finished model does without; null while searching.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    private protected LlamaDecoder(string name, LlamaConfig config, DecoderAdapters adapters, bool hidesFirst, SkipMask? removed)
        : base(name, config.Layers, removed)
    {
        config.ThrowIfImpossible();
        (Config, this.adapters, this.hidesFirst) = (config, adapters, hidesFirst);
        ends = (config.Matrix(config.VocabSize, config.Dim), new(config.Dim, config.NormEps, config.Type), config.Matrix(config.VocabSize, config.Dim));
        stack = [.. Enumerable.Range(0, config.Layers).Select(i => new LlamaLayer(
            i, config, adapters, Candidate(i, () => new LlamaBlock(config, adapters), () => adapters.New(AdapterRole.Replacement))))];
        SetCandidates(stack.Select(layer => layer.Candidate));
        register_module("tok_embeddings", ends.Tokens);
        register_module("layers", new Named(Existing(stack, layer => layer.Module)));
        register_module("norm", ends.Norm);
        register_module("output", ends.Output);
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
                    .SelectMany(WithoutPlace)])
            {
                Encoded = quantized.ToDictionary(m => $"{m.Key}.weight", m => (Action<Tensor>)m.Value.Take),
            };
        }
    }

    /// <summary>Whatever the published code calls an adapter learns: the layers' own and what a family adds in front of them.</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) => name.Contains("adapter", StringComparison.Ordinal);

    /// <exception cref="DasException">An adapter stands in some layers of the file and not in others.</exception>
    /// <inheritdoc/>
    public sealed override void AfterPretrained(LoadResult loaded, Checkpoint? vision = null)
    {
        foreach (string part in adapters.InLayer.Append(adapters.Replacement).Select(name => $".{name}."))
        {
            bool Belongs(string name) => name.Contains(part, StringComparison.Ordinal);
            string[] missing = [.. loaded.Missing.Where(Belongs)];
            if (missing.Length > 0 && missing.Length < named_parameters().Count(p => Belongs(p.name)))
                throw new DasException(ErrorKind.Checkpoint, $"The checkpoint holds '{part.Trim('.')}' of other layers, but not '{missing[0]}': it was finished with "
                    + "another skip list, or a part of it is missing. Give the skip list it was trained with and all of its files.");
        }
        InitializeImageTower(loaded, vision);
    }

    /// <summary>What <see cref="AfterPretrained"/> does for a family's image tower; refuses a tower where there is none.</summary>
    private protected virtual void InitializeImageTower(LoadResult loaded, Checkpoint? vision) => base.AfterPretrained(loaded, vision);

    public override void InitializeWeights()
    {
        using IDisposable frozen = no_grad();
        foreach (nn.Module module in modules())
            if (module is PretrainedMatrix matrix) matrix.Initialize();
            else if (module is RmsNorm norm) norm.Initialize();
    }

    public override Tensor Embed(Tensor ids) => ends.Tokens.Rows(ids);

    public override Tensor Hidden(Sequence sequence, KeyValueCache? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ThroughLayers(sequence, cache, [Config.Layers])[0];
        cache?.Advance(sequence.Lengths);
        return ends.Norm.forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>The stream at several depths, before the last norm.</summary>
    /// <param name="sequence">The whole sequence.</param>
    /// <param name="depths">How many layers each wanted state has passed, ascending; 0 is what enters.</param>
    /// <returns>(B, S, D) each.</returns>
    public IReadOnlyList<Tensor> States(Sequence sequence, IReadOnlyList<int> depths) => ThroughLayers(sequence, null, depths);

    public override Tensor Logits(Tensor hidden)
    {
        Tensor logits = ends.Output.forward(hidden);
        if (logits.dtype == ScalarType.Float32) return logits;
        using (logits) return logits.to(ScalarType.Float32);
    }

    private Tensor[] ThroughLayers(Sequence sequence, KeyValueCache? cache, IReadOnlyList<int> depths)
    {
        using DecoderPass pass = DecoderPass.Of(sequence.Embeddings, Config, hidesFirst, cache);
        return LayerStack.After(() => sequence.Embeddings.alias(), Recomputes && cache is null ? RunAgain : (i, x) => stack[i].Forward(x, pass), depths);
    }

    /// <summary>A layer that the backward pass runs once more, long after this pass is over.</summary>
    private Tensor RunAgain(int layer, Tensor x) => Recomputed.Run(again =>
    {
        using DecoderPass own = DecoderPass.Of(again, Config, hidesFirst, cache: null);
        return stack[layer].Forward(again, own);
    }, x);

    /// <summary>The parts of a checkpoint for which a finished model has no place.</summary>
    private IEnumerable<string> WithoutPlace(int layer) =>
        (Removed!.Contains(layer) ? ["attention", "feed_forward", "ffn_norm", .. adapters.InLayer] : (string[])[adapters.Replacement])
            .Select(name => $"layers.{layer}.{name}");
}
