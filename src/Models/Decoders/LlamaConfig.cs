namespace Das.Models.Decoders;

/// <summary>
/// Sizes of a LLaMA decoder, and what decoders of other families have beyond it (<c>docs/decoders.md</c>); the defaults are those of the published 7B
/// (method §4.1, §4.2). What came later than the sizes is absent in JSON where it has its default.
/// </summary>
public record LlamaConfig
{
    /// <summary>V.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int VocabSize { get; init; } = 32000;

    /// <summary>D, the hidden size.</summary>
    [Range(1, ModelBounds.Width)]
    public int Dim { get; init; } = 4096;

    /// <summary>All of them may be skipped.</summary>
    [Range(1, ModelBounds.Layers)]
    public int Layers { get; init; } = 32;

    /// <summary>H, attention heads.</summary>
    [Range(1, ModelBounds.Heads)]
    public int Heads { get; init; } = 32;

    /// <summary>Heads of keys and values, each shared by as many of queries; null for as many as those.</summary>
    [Range(1, ModelBounds.Heads)]
    public int? KvHeads { get; init; }

    /// <summary>Inner width of the feed-forward network; null for 8/3 D, rounded up to a multiple of <see cref="MultipleOf"/>.</summary>
    [Range(1, ModelBounds.Inner)]
    public int? Hidden { get; init; }

    [Range(1, ModelBounds.Width)]
    public int MultipleOf { get; init; } = 256;

    /// <summary>ε of all norms.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>How the rotary frequencies are changed; null for not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Layers, from 0, whose queries and keys are not rotated; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int[]? UnrotatedLayers { get; init; }

    /// <summary>Width of a head, even; null for D / H.</summary>
    [Range(1, ModelBounds.Width)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? HeadDim { get; init; }

    /// <summary>Whether the projections to queries, keys and values have a bias.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QkvBias { get; init; }

    /// <summary>Whether attention's last projection has a bias.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward network's projections have a bias.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MlpBias { get; init; }

    /// <summary>Whether every head's queries and keys are normed before they are rotated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QkNorm { get; init; }

    /// <summary>Whether the token table is the output, too, so that the weights hold none of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TiedOutput { get; init; }

    /// <summary>Positions that a query of a windowed layer attends to: the last of them is its own. Null for all before it.</summary>
    [Range(1, ModelBounds.Tokens)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SlidingWindow { get; init; }

    /// <summary>Layers, from 0, with the window; null for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int[]? WindowedLayers { get; init; }

    /// <summary>The longest sequence; the published recipes take 512 of the 2048 positions that the weights were trained with.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int MaxLength { get; init; } = 512;

    /// <summary>
    /// The token that ends a text; null for the vocabulary's end piece. llama2.c's models saw only the begin (1) between texts, and to their
    /// frozen output the end piece is one of the pieces that never occur.
    /// </summary>
    [Range(0, ModelBounds.Tokens)]
    public int? EndOfText { get; init; }

    /// <summary>Bottleneck of an in-layer adapter.</summary>
    [Range(0, ModelBounds.Width)]
    public int InLayerBottleneck { get; init; } = 8;

    /// <summary>Bottleneck of the adapter that replaces a skipped layer.</summary>
    [Range(0, ModelBounds.Width)]
    public int ReplacementBottleneck { get; init; } = 32;

    /// <summary>s, which an adapter's output is multiplied by.</summary>
    public double AdapterScale { get; init; } = 1;

    /// <summary>Places of in-layer adapters: before attention (<c>attn</c>), or before the feed-forward network too (<c>block</c>).</summary>
    public string AdapterPlaces { get; init; } = "attn";

    /// <summary><c>bottleneck</c> or <c>router</c>.</summary>
    public string AdapterForm { get; init; } = "bottleneck";

    /// <summary>t of the routers' softmax.</summary>
    public double RouterTemperature { get; init; } = 10;

    /// <summary>Dropout inside router adapters while training; bottleneck adapters have none.</summary>
    [Range(0.0, 1.0)]
    public double DropRate { get; init; } = 0.1;

    /// <summary>
    /// Type in which the frozen weights are held: <c>float32</c>, <c>bfloat16</c> or <c>float16</c>; without a <see cref="Precision"/> that of the hidden
    /// states, too. Gradients pass through the hidden states, and bfloat16 has the range for them that float16 needs loss scaling for.
    /// </summary>
    public string Dtype { get; init; } = "bfloat16";

    /// <summary>
    /// What the frozen matrices multiply, in both directions: <c>float32</c> or <c>bfloat16</c>; <c>auto</c> becomes one of these before a run
    /// begins. With it hidden states, norms, attention, adapters, softmax and loss are float32. Where bfloat16 is multiplied, matrices that are not quantised
    /// are held in it, too, whatever <see cref="Dtype"/> says. Null for all of it in <see cref="Dtype"/>, adapters, softmax and loss apart.
    /// </summary>
    [OneOf("float32", "bfloat16", "auto")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary><c>int8</c> holds the frozen matrices in half of bfloat16's memory, rounded (<see cref="PretrainedMatrix"/>); <c>none</c>.</summary>
    public string Quantization { get; init; } = "none";

    [JsonIgnore]
    internal int KeyValueHeads => KvHeads ?? Heads;

    [JsonIgnore]
    internal int HeadSize => HeadDim ?? Dim / Heads;

    /// <summary>The angle per position of each of a head's planes.</summary>
    public float[] RotaryFrequencies() => RotaryEmbedding.Frequencies(HeadSize, RopeTheta, RopeScaling);

    internal bool IsRotated(int layer) => UnrotatedLayers?.Contains(layer) != true;

    internal bool IsWindowed(int layer) => SlidingWindow is not null && WindowedLayers?.Contains(layer) != false;

    /// <summary>The feed-forward network's inner width.</summary>
    [JsonIgnore]
    public int HiddenSize => Hidden ?? ((8 * Dim / 3) + MultipleOf - 1) / MultipleOf * MultipleOf;

    /// <exception cref="DasException"><see cref="Dtype"/> is unknown.</exception>
    [JsonIgnore]
    internal ScalarType Type => Dtype switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("dtype", Dtype, ["float32", "bfloat16", "float16"])),
    };

    /// <summary>What the hidden states and the norms are of.</summary>
    [JsonIgnore]
    internal ScalarType StreamType => Precision is null ? Type : ScalarType.Float32;

    /// <summary>What is multiplied.</summary>
    /// <exception cref="DasException"><see cref="Precision"/> is unknown or not decided, or <see cref="Dtype"/> is unknown.</exception>
    [JsonIgnore]
    internal ScalarType ProductType => Precision switch
    {
        null => Type,
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "auto" => throw new DasException(ErrorKind.Recipe, "precision is auto, which is decided where a run begins: give float32 or bfloat16."),
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("precision", Precision, ["float32", "bfloat16", "auto"])),
    };

    /// <summary>A frozen matrix, not yet filled.</summary>
    /// <exception cref="DasException"><see cref="Quantization"/>, <see cref="Dtype"/> or <see cref="Precision"/> is unknown.</exception>
    internal PretrainedMatrix Matrix(long rows, long columns, bool biased = false)
    {
        (ScalarType stored, ScalarType product) = (Type, ProductType);
        return new(rows, columns, Precision is "bfloat16" ? product : stored, product, Quantization switch
        {
            "none" => false,
            "int8" => true,
            _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("quantization", Quantization, ["none", "int8"])),
        }, biased);
    }

    /// <summary>A norm, uninitialised.</summary>
    internal RmsNorm Norm(long size) => new(size, NormEps, StreamType);

    /// <summary>The family's adapters; here LLaMA's and LaVIN's (method §4.2).</summary>
    /// <exception cref="DasException"><see cref="AdapterPlaces"/> or <see cref="AdapterForm"/> is unknown.</exception>
    internal virtual DecoderAdapters Adapters() => new("adapter_attn", BeforeFeedForward("adapter_mlp"), "replaced_adapter", NewLavinAdapter());

    /// <summary>The name of the adapter before the feed-forward network; null where there is none.</summary>
    /// <exception cref="DasException"><see cref="AdapterPlaces"/> is unknown.</exception>
    private protected string? BeforeFeedForward(string adapter) => AdapterPlaces switch
    {
        "attn" => null,
        "block" => adapter,
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("adapterPlaces", AdapterPlaces, ["attn", "block"])),
    };

    private Func<AdapterRole, nn.Module<Tensor, Tensor>> NewLavinAdapter() => AdapterForm switch
    {
        "bottleneck" => role => new TextAdapter(Dim, Bottleneck(role), residual: role == AdapterRole.InLayer,
            new("down_sampler", "up_sampler", AdapterScale, ZeroInitialized: true)), // L/das/pl_adapter.py:11-42
        "router" => role => new RouterAdapter(Dim, Bottleneck(role), Router, residual: role == AdapterRole.InLayer),
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("adapterForm", AdapterForm, ["bottleneck", "router"])),
    };

    private protected RouterForm Router => new(AdapterScale, RouterTemperature, DropRate);

    [JsonIgnore]
    internal bool HasRouters => AdapterForm == "router";

    private protected int Bottleneck(AdapterRole role) => role == AdapterRole.InLayer ? InLayerBottleneck : ReplacementBottleneck;

    /// <exception cref="DasException">Heads do not divide what they share, or a value is of no model.</exception>
    internal virtual void ThrowIfImpossible()
    {
        if (HeadDim is null && (Heads <= 0 || Dim % Heads != 0 || HeadSize % 2 != 0))
            throw new DasException(ErrorKind.Recipe,
                $"heads is {Heads}, which does not cut dim {Dim} into heads of equal, even width: give a number that does.");
        if (HeadSize <= 0 || HeadSize % 2 != 0)
            throw new DasException(ErrorKind.Recipe, $"headDim is {HeadDim}, where an even width is expected: rotary positions turn pairs of elements.");
        if (KeyValueHeads <= 0 || Heads % KeyValueHeads != 0)
            throw new DasException(ErrorKind.Recipe, $"kvHeads is {KeyValueHeads}, which does not divide heads {Heads}: give a divisor.");
        if (!(RopeTheta > 0)) throw new DasException(ErrorKind.Recipe, $"ropeTheta is {RopeTheta}, where a number above 0 is expected.");
        RopeScaling?.ThrowIfImpossible(HeadSize / 2);
        ThrowIfOutside("unrotatedLayers", UnrotatedLayers);
        ThrowIfOutside("windowedLayers", WindowedLayers);
    }

    private void ThrowIfOutside(string name, int[]? listed)
    {
        foreach (int layer in listed ?? [])
            if (layer < 0 || layer >= Layers)
                throw new DasException(ErrorKind.Recipe, $"{name} names layer {layer}, where the layers are 0 to {Layers - 1}: remove it.");
    }
}
