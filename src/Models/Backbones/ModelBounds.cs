namespace Das.Models.Backbones;

/// <summary>
/// What sizes a model may have, and whether the files hold it and the machine has room for it: looked at before anything is built, because files and
/// recipes can state any sizes.
/// </summary>
public static class ModelBounds
{
    /// <summary>Several times the largest published models: 126 layers of width 16384 and inner width 53248 with 128 heads, 256 thousand tokens.</summary>
    internal const int Layers = 1 << 10, Heads = 1 << 10, Width = 1 << 16, Inner = 1 << 20, Tokens = 1 << 24;

    /// <summary>
    /// Numbers that a model may have beyond twice those of its files: a position table that is resized, towers with random weights in tests, and
    /// models so small that the comparison by name says better what is missing.
    /// </summary>
    private const long AlwaysAllowed = 10_000_000;

    /// <summary>Compares a model that is not built yet with the files that it is to be filled from, and with the machine's memory.</summary>
    /// <param name="backbone">Its family.</param>
    /// <param name="config">Its sizes, of <see cref="Backbone.Configure"/>.</param>
    /// <param name="heads">Its heads.</param>
    /// <param name="removed">Layers it does without; null while searching.</param>
    /// <param name="files">Where its weights come from; none where they are random.</param>
    /// <param name="whole">Whether the files hold its adapters and heads, too.</param>
    /// <exception cref="DasException">It is much larger than the files or the memory, or is to do without layers that it does not have.</exception>
    public static void Check(Backbone backbone, JsonObject config, TaskHeads heads, SkipMask? removed, IReadOnlyList<Checkpoint> files, bool whole)
    {
        int layers = backbone.Candidates(config);
        if (removed is [.., var last] && last >= layers)
            throw new DasException(ErrorKind.Checkpoint, $"{Named(files)}: layer {last} is to be left out of a {backbone.Name} with the layers 0 to "
                + $"{layers - 1}: "
                + "give the weights and the skip list of one model.");
        ParameterCounts counts = backbone.Parameters(config, heads, removed ?? SkipMask.Empty);
        long expected = whole ? counts.Total : counts.Total - counts.Updated;
        long held = files.Aggregate(0L, (sum, file) => sum + Math.Min(file.Elements, 1L << 59));
        if (files.Count > 0 && expected > AlwaysAllowed + (2 * held))
            throw new DasException(ErrorKind.Checkpoint, $"{Named(files)} holds {held} numbers, where a {backbone.Name} of the sizes {Sizes(config)} has "
                + $"{expected}: give the weight file of these sizes, or its sizes in backbone.config.");
        ThrowIfOverMemory($"A {backbone.Name} of the sizes {Sizes(config)}",
            ((counts.Total - counts.Updated) * NumberBytes(config)) + (counts.Updated * sizeof(float)));
    }

    /// <summary>Compares weights with the machine's memory.</summary>
    /// <param name="what">Whose they are, as a sentence begins.</param>
    /// <param name="bytes">What they take.</param>
    /// <exception cref="DasException">They have no room.</exception>
    public static void ThrowIfOverMemory(string what, long bytes)
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory)
            throw new DasException(ErrorKind.Machine, $"{what} takes {Gigabytes(bytes)} GB for its weights alone; this machine has {Gigabytes(memory)} GB: "
                + "take a smaller model, hold a decoder's matrices as bfloat16 or int8 (backbone.config: dtype, quantization), or take a larger machine.");
    }

    /// <exception cref="DasException">It does not.</exception>
    internal static void Divides(string part, int parts, string whole, int size)
    {
        if (size % parts != 0) throw new DasException(ErrorKind.Recipe, $"{part} is {parts}, which does not divide {whole} {size}: give a divisor.");
    }

    /// <exception cref="DasException">The image is smaller than a patch.</exception>
    internal static void HoldsAPatch(int imageSize, int patchSize)
    {
        if (imageSize < patchSize)
            throw new DasException(ErrorKind.Recipe, $"imageSize is {imageSize}, smaller than one patch of patchSize {patchSize}: give at least as "
                + $"many pixels.");
    }

    private static string Named(IReadOnlyList<Checkpoint> files) => files.Count == 0 ? "The recipe" : string.Join(" with "
        + "", files.Select(file => $"'{file.Path}'"));

    /// <summary>Bytes of one frozen number.</summary>
    public static int NumberBytes(JsonObject config)
    {
        string? Said(string name) => config[name]?.ToString();
        return (Said("quantization"), Said("dtype"), Said("precision")) switch
        {
            ("int8", _, _) => sizeof(sbyte),
            (_, "bfloat16" or "float16", _) or (_, _, "bfloat16") => sizeof(short),
            _ => sizeof(float),
        };
    }

    private static string Sizes(JsonObject config) => string.Join(", ", config.Where(value => value.Value?.GetValueKind() == JsonValueKind.Number
        && (value.Key.EndsWith("ize", StringComparison.Ordinal) || value.Key.EndsWith("ayers", StringComparison.Ordinal)
            || value.Key is "dim" or "hidden" or "headDim")).Select(value => $"{value.Key} {value.Value}"));

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.#", CultureInfo.InvariantCulture);
}
